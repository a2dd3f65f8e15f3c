import { describe, expect, test } from 'vitest'
import { GIVES_WAY } from '../../src/contract/facets/ledger.ts'
import { decideLost } from '../../src/engine/decide.ts'
import { failure, lostDelivery, NOW, retryPolicy, taskPolicy } from '../support/builders.ts'

const middle = () => 0.5
const { lease } = lostDelivery()

describe('a lost attempt', () => {
  test('of a relay was none: it only had to hand the task on', () => {
    const lost = lostDelivery({
      lostToken: `${GIVES_WAY}1`,
      policy: taskPolicy({ maxAttempts: 1 }),
      attempt: 1,
    })
    expect(decideLost(lost, middle)).toMatchObject({ kind: 'release', lease, delayMs: 0, attempts: 0 })
  })

  test.each([
    [1, 1_000],
    [2, 2_000],
  ])('number %d of three is retried after the %d ms of its own policy', (attempt, delayMs) => {
    expect(decideLost(lostDelivery({ attempt }), middle)).toMatchObject({
      kind: 'retry',
      lease,
      delayMs,
      attempts: attempt,
      history: { losses: 1 },
    })
  })

  test.each([
    [3, 3],
    [1, 1],
    [5, 3],
  ])('number %d of %d goes to the dead letters as lost', (attempt, maxAttempts) => {
    const lost = lostDelivery({ attempt, policy: taskPolicy({ maxAttempts }) })
    expect(decideLost(lost, middle)).toMatchObject({
      kind: 'deadLetter',
      lease,
      reason: 'lost',
      attempts: attempt,
      keepMs: 1_000_000,
      failure: { code: 'TASQ_LEASE_LOST', attempt },
      history: { losses: 1 },
    })
  })

  test('tells who held it and for how long he was silent', () => {
    const settlement = decideLost(lostDelivery({ lostToken: 'worker-7.1', lostAt: NOW - 5_000 }), middle)
    const message = settlement.kind === 'retry' ? settlement.history?.failures?.[0]?.message : undefined
    expect(message).toContain('worker-7.1')
    expect(message).toContain('5000 ms ago')
  })

  test('of a clock that stepped back was silent for no time, not for less than none', () => {
    const settlement = decideLost(lostDelivery({ lostAt: NOW + 5_000 }), middle)
    expect(JSON.stringify(settlement)).toContain('the lease ended 0 ms ago')
  })

  test('counts losses and adds to the failures', () => {
    const before = failure({ attempt: 1 })
    const history = { losses: 4, failures: [before] }
    const settlement = decideLost(lostDelivery({ attempt: 2, history }), middle)
    expect(settlement).toMatchObject({ history: { losses: 5, failures: [before, { attempt: 2, at: NOW }] } })
  })

  test('is spread by jitter, so that the tasks of a dead worker do not come back all at once', () => {
    const lost = lostDelivery({ policy: taskPolicy({ retry: retryPolicy({ jitter: 0.5 }) }) })
    expect(decideLost(lost, () => 0)).toMatchObject({ delayMs: 500 })
    expect(decideLost(lost, () => 1)).toMatchObject({ delayMs: 1_500 })
  })

  test('whose policy cannot be read is dead, and kept for the default time', () => {
    expect(decideLost(lostDelivery({ policy: undefined }), middle)).toMatchObject({
      kind: 'deadLetter',
      reason: 'lost',
      keepMs: 14 * 24 * 3_600_000,
    })
  })
})

describe('a cancel request', () => {
  test.each([1, 3])('is honoured before anything else, on attempt %d', (attempt) => {
    const lost = lostDelivery({ attempt, keepResultMs: 5, cancelRequest: { reason: 'why' } })
    expect(decideLost(lost, middle)).toEqual({ kind: 'cancel', lease, attempt, keepMs: 5, reason: 'why' })
  })

  test('needs no policy and no reason', () => {
    const lost = lostDelivery({ policy: undefined, cancelRequest: { reason: undefined } })
    expect(decideLost(lost, middle)).toMatchObject({ kind: 'cancel', reason: undefined })
  })
})
