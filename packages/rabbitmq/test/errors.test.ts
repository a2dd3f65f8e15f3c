import { ClosedError } from '@tasq/core/driver'
import { expect, test } from 'vitest'
import { isHopeless, toStoreError } from '../src/errors.ts'

/** As the client throws it. */
function thrown(message: string, code?: number | string): Error {
  return Object.assign(new Error(message), code === undefined ? {} : { code })
}

const WAIT = { retryable: true }
const FINAL = { retryable: false }

test.each([
  [
    thrown('connect ECONNREFUSED 127.0.0.1:5672', 'ECONNREFUSED'),
    'UNAVAILABLE',
    { ...WAIT, outcome: 'refused' },
  ],
  [thrown('connect ETIMEDOUT'), 'UNAVAILABLE', { ...WAIT, outcome: 'refused' }],
  [thrown('getaddrinfo ENOTFOUND nowhere', 'ENOTFOUND'), 'UNAVAILABLE', WAIT],
  [thrown('Socket closed abruptly during opening handshake'), 'UNAVAILABLE', WAIT],
  [thrown('read ECONNRESET', 'ECONNRESET'), 'UNAVAILABLE', { ...WAIT, outcome: 'unknown' }],
  [thrown('Heartbeat timeout'), 'UNAVAILABLE', { ...WAIT, outcome: 'unknown' }],
  [thrown('Unexpected close'), 'UNAVAILABLE', { ...WAIT, outcome: 'unknown' }],
  [thrown('Channel ended, no reply will be forthcoming'), 'UNAVAILABLE', { ...WAIT, outcome: 'unknown' }],
  [
    thrown(
      'Connection closed: 320 (CONNECTION-FORCED) with message "CONNECTION_FORCED - broker forced connection closure"',
      320,
    ),
    'UNAVAILABLE',
    { ...WAIT, outcome: 'unknown' },
  ],
  [
    thrown(
      'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused"',
    ),
    'UNAVAILABLE',
    FINAL,
  ],
  [
    thrown('Connection closed: 530 (NOT-ALLOWED) with message "NOT_ALLOWED - vhost nowhere not found"', 530),
    'UNAVAILABLE',
    FINAL,
  ],
  [
    thrown(
      'Operation failed: QueueDeclare; 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - access to queue refused"',
      403,
    ),
    'READ_ONLY',
    FINAL,
  ],
  [
    thrown(
      "Channel closed by server: 404 (NOT-FOUND) with message \"NOT_FOUND - no exchange 'tasq' in vhost '/'\"",
      404,
    ),
    'UNAVAILABLE',
    { ...WAIT, outcome: 'refused' },
  ],
  [
    thrown(
      'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be configured"',
      406,
    ),
    'BUSY',
    WAIT,
  ],
  [
    thrown(
      'Channel closed by server: 406 (PRECONDITION-FAILED) with message "PRECONDITION_FAILED - message size 300 is larger than configured max size 200"',
      406,
    ),
    'FULL',
    { ...FINAL, outcome: 'refused' },
  ],
  [thrown('self-signed certificate', 'DEPTH_ZERO_SELF_SIGNED_CERT'), 'UNAVAILABLE', FINAL],
  [thrown('something else'), 'FAILED', FINAL],
  ['no error at all', 'FAILED', FINAL],
])('%s', (error, code, expected) => {
  expect(toStoreError(error, 'RabbitMQ at here')).toMatchObject({
    ...expected,
    code: `TASQ_STORE_${code}`,
    message: expect.stringContaining('RabbitMQ at here: '),
  })
})

test('a queue with other arguments: its name, the difference and what to do', () => {
  const error = toStoreError(
    thrown(
      "Operation failed: QueueDeclare; 406 (PRECONDITION-FAILED) with message \"PRECONDITION_FAILED - inequivalent arg 'x-queue-type' for queue 'tasq.queue.mail.high' in vhost '/': received 'quorum' but current is 'classic'\"",
      406,
    ),
    'RabbitMQ at here',
  )
  expect(error).toMatchObject({ code: 'TASQ_STORE_FOREIGN', retryable: false })
  expect(error.message).toContain("the queue 'tasq.queue.mail.high' exists with another x-queue-type")
  expect(error.message).toContain("received 'quorum' but current is 'classic'")
  expect(error.nextStep).toContain('rabbitmqctl delete_queue')
})

test('errors of Tasq stay as they are', () => {
  const error = new ClosedError('The driver')
  expect(toStoreError(error, 'here')).toBe(error)
})

test('waiting helps where the network is to blame, and not where the password is', () => {
  expect(isHopeless(thrown('connect ECONNREFUSED', 'ECONNREFUSED'))).toBe(false)
  expect(isHopeless(thrown('Handshake terminated by server: 403 (ACCESS-REFUSED)'))).toBe(true)
  expect(isHopeless(thrown('something else'))).toBe(false)
})
