import { inspect } from 'node:util'
import { TasqError } from '@tasq/core'
import { ReplyError } from 'ioredis'
import { expect, test } from 'vitest'
import { isHopeless, toStoreError, toUnsentError } from '../src/errors.ts'

const REFUSED = 'refused'
const UNKNOWN = 'unknown'

/** What the server says, as ioredis throws it. */
const said = (message: string): Error => new ReplyError(message)
/** What happens on the way. */
const met = (message: string, code?: string): Error => Object.assign(new Error(message), code ? { code } : {})

test.each<readonly [Error, string, retryable: boolean, outcome: string]>([
  [said("OOM command not allowed when used memory > 'maxmemory'."), 'TASQ_STORE_FULL', false, REFUSED],
  [
    said('ERR Error running script (call to f_1): @user_script:12: -OOM command not allowed'),
    'TASQ_STORE_FULL',
    false,
    REFUSED,
  ],
  [said("READONLY You can't write against a read only replica."), 'TASQ_STORE_READ_ONLY', true, REFUSED],
  [said('MISCONF Redis is configured to save RDB snapshots, but'), 'TASQ_STORE_FAILED', true, REFUSED],
  [said('NOREPLICAS Not enough good replicas to write.'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('LOADING Redis is loading the dataset in memory'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('BUSY Redis is busy running a script.'), 'TASQ_STORE_BUSY', true, REFUSED],
  [said('MASTERDOWN Link with MASTER is down'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('CLUSTERDOWN Hash slot not served'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('TRYAGAIN Multiple keys request during rehashing'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('MOVED 3999 127.0.0.1:6381'), 'TASQ_STORE_UNAVAILABLE', false, REFUSED],
  [said('NOAUTH Authentication required.'), 'TASQ_STORE_UNAVAILABLE', false, REFUSED],
  [said('WRONGPASS invalid username-password pair'), 'TASQ_STORE_UNAVAILABLE', false, REFUSED],
  [said('NOPERM this user has no permissions'), 'TASQ_STORE_READ_ONLY', false, REFUSED],
  [said("ERR The user executing the script can't run this command"), 'TASQ_STORE_READ_ONLY', false, REFUSED],
  [said('WRONGTYPE Operation against a key'), 'TASQ_STORE_FOREIGN', false, REFUSED],
  [said('ERR max number of clients reached'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [said('ERR DB index is out of range'), 'TASQ_STORE_UNAVAILABLE', false, REFUSED],
  [said('ERR user_script:3: attempt to index a nil value'), 'TASQ_STORE_FAILED', false, UNKNOWN],
  [met('connect ECONNREFUSED 127.0.0.1:1', 'ECONNREFUSED'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [met('getaddrinfo ENOTFOUND cache', 'ENOTFOUND'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [met('read ECONNRESET', 'ECONNRESET'), 'TASQ_STORE_UNAVAILABLE', true, UNKNOWN],
  [met('write EPIPE', 'EPIPE'), 'TASQ_STORE_UNAVAILABLE', true, UNKNOWN],
  [met('Connection is closed.'), 'TASQ_STORE_UNAVAILABLE', true, UNKNOWN],
  [met('Reached the max retries per request limit (which is 0).'), 'TASQ_STORE_UNAVAILABLE', true, UNKNOWN],
  [met('Command aborted due to connection close'), 'TASQ_STORE_UNAVAILABLE', true, UNKNOWN],
  [met("Stream isn't writeable and enableOfflineQueue"), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [met("Cluster isn't ready and enableOfflineQueue"), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [met('None of startup nodes is available'), 'TASQ_STORE_UNAVAILABLE', true, REFUSED],
  [
    met('Too many Cluster redirections. Last error: ReplyError: MOVED 1 127.0.0.1:1'),
    'TASQ_STORE_UNAVAILABLE',
    true,
    REFUSED,
  ],
  [
    met('Too many Cluster redirections. Last error: ReplyError: CLUSTERDOWN The cluster is down'),
    'TASQ_STORE_UNAVAILABLE',
    true,
    REFUSED,
  ],
  [
    met('Too many Cluster redirections. Last error: Error: Connection is closed.'),
    'TASQ_STORE_UNAVAILABLE',
    true,
    UNKNOWN,
  ],
  [met('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'TASQ_STORE_UNAVAILABLE', false, REFUSED],
  [met('something else'), 'TASQ_STORE_FAILED', false, UNKNOWN],
])('%s', (error, code, retryable, outcome) => {
  const met = toStoreError(error, 'Redis at here:1')
  expect(met).toMatchObject({ code, retryable, outcome, cause: error })
  expect(met.message).toMatch(/^Redis at here:1: /)
  expect(met.nextStep).toMatch(/^[A-Z].*\.$/)
})

test('what Tasq has thrown itself stays as it is', () => {
  const own = new TasqError('TASQ_CLOSED', 'It is closed.', { nextStep: 'Open it.' })
  expect(toStoreError(own, 'here')).toBe(own)
})

test('what was sent does not show in the cause: neither payloads nor passwords', () => {
  const error = Object.assign(said('WRONGPASS'), { command: { name: 'auth', args: ['user', 'secret'] } })
  expect(inspect(toStoreError(error, 'here'), { depth: 10 })).not.toContain('secret')
})

test('of a cluster that can’t be reached, what its last node has said is told', () => {
  const error = Object.assign(met('Failed to refresh slots cache.'), { lastNodeError: said('NOAUTH') })
  expect(toStoreError(error, 'here')).toMatchObject({ message: expect.stringContaining('NOAUTH') })
  expect(isHopeless(error)).toBe(true)
})

test('waiting helps against what passes, and not against what somebody must change', () => {
  expect(isHopeless(met('connect ECONNREFUSED', 'ECONNREFUSED'))).toBe(false)
  expect(isHopeless(met('who knows'))).toBe(false)
  expect(isHopeless(undefined)).toBe(false)
  expect(isHopeless(said('WRONGPASS'))).toBe(true)
})

test('what went wrong before anything was sent leaves no doubt', () => {
  expect(toUnsentError(met('read ECONNRESET', 'ECONNRESET'), 'Redis')).toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    outcome: 'refused',
    retryable: true,
    nextStep: expect.stringContaining('TLS'),
  })
  expect(toUnsentError(said('ERR something else'), 'Redis')).toMatchObject({ outcome: 'refused' })
})
