import { describe, expect, test } from 'vitest'
import type { TaskHistory } from '../../src/contract/failure.ts'
import { type DecisionContext, decide } from '../../src/engine/decide.ts'
import { Hold } from '../../src/engine/hold.ts'
import type { Outcome } from '../../src/engine/outcome.ts'
import { corruptDelivery, failure, NOW, retryPolicy, taskDelivery, taskPolicy } from '../support/builders.ts'

/** The worker decides 7 ms after it received the delivery. */
const context: DecisionContext = {
  clock: { monotonic: () => 107 },
  unknownTaskGraceMs: 600_000,
  random: () => 0.5,
}
const AT = NOW + 7

const lease = taskDelivery().lease
const error = Object.assign(new Error('it broke'), { stack: 'the stack' })
const failed = (attempt: number) => failure({ stack: 'the stack', attempt, at: AT })
const payload = { bytes: new Uint8Array([1]), encoding: 'json' }

interface Situation {
  readonly attempt?: number
  readonly maxAttempts?: number
  readonly history?: TaskHistory | undefined
  readonly keepResultMs?: number
}

function decideAbout(outcome: Outcome, situation: Situation = {}) {
  const { attempt = 1, maxAttempts = 3, history, keepResultMs } = situation
  const delivery = taskDelivery({
    attempt,
    history,
    envelope: { keepResultMs, policy: taskPolicy({ maxAttempts }) },
  })
  return decide(new Hold(delivery, 90, 100), outcome, context)
}

describe('completed', () => {
  test.each([1, 3, 9])(
    'attempt %d of three completes, with its result and how long that is kept',
    (attempt) => {
      const settlement = decideAbout({ kind: 'completed', result: payload }, { attempt, keepResultMs: 5_000 })
      expect(settlement).toEqual({ kind: 'complete', lease, attempt, keepMs: 5_000, result: payload })
    },
  )

  test('keeps nothing where nothing is to be kept', () => {
    expect(decideAbout({ kind: 'completed', result: undefined })).toMatchObject({ keepMs: undefined })
  })
})

describe('failed', () => {
  test.each([
    [1, 3, 1_000],
    [2, 3, 2_000],
    [1, 2, 1_000],
    [7, 8, 64_000],
  ])('attempt %d of %d is tried again after %d ms', (attempt, maxAttempts, delayMs) => {
    expect(decideAbout({ kind: 'failed', error }, { attempt, maxAttempts })).toEqual({
      kind: 'retry',
      lease,
      delayMs,
      attempts: attempt,
      history: { failures: [failed(attempt)] },
    })
  })

  test.each([
    [3, 3],
    [1, 1],
    [4, 3], // a lost attempt may have used the last one
  ])('attempt %d of %d is exhausted', (attempt, maxAttempts) => {
    expect(decideAbout({ kind: 'failed', error }, { attempt, maxAttempts })).toEqual({
      kind: 'deadLetter',
      lease,
      reason: 'exhausted',
      attempts: attempt,
      keepMs: 1_000_000,
      failure: failed(attempt),
      history: { failures: [failed(attempt)] },
    })
  })

  test('adds to the history, and forgets that the task was unknown once', () => {
    const before = failure({ attempt: 1 })
    const history = { losses: 1, unknownSince: NOW - 5, failures: [before] }
    const settlement = decideAbout({ kind: 'failed', error }, { attempt: 2, history })
    expect(settlement).toMatchObject({ history: { losses: 1, failures: [before, failed(2)] } })
    expect(settlement).not.toHaveProperty('history.unknownSince')
  })

  test('spreads the delay by the jitter of the policy', () => {
    const policy = taskPolicy({ retry: retryPolicy({ jitter: 0.5 }) })
    const held = new Hold(taskDelivery({ envelope: { policy } }), 0, 0)
    const delayWith = (random: number) =>
      decide(held, { kind: 'failed', error }, { ...context, random: () => random })
    expect(delayWith(0)).toMatchObject({ delayMs: 500 })
    expect(delayWith(0.5)).toMatchObject({ delayMs: 1_000 })
    expect(delayWith(1)).toMatchObject({ delayMs: 1_500 })
  })
})

describe.each(['permanent', 'undecodable', 'invalid'] as const)('%s', (kind) => {
  test.each([1, 2, 3])('attempt %d of three goes to the dead letters at once', (attempt) => {
    expect(decideAbout({ kind, error }, { attempt })).toEqual({
      kind: 'deadLetter',
      lease,
      reason: kind,
      attempts: attempt,
      keepMs: 1_000_000,
      failure: failed(attempt),
      history: { failures: [failed(attempt)] },
    })
  })
})

describe('expired', () => {
  test('goes to the dead letters without an attempt and without a failure', () => {
    const history = { losses: 1 }
    expect(decideAbout({ kind: 'expired' }, { history })).toEqual({
      kind: 'deadLetter',
      lease,
      reason: 'expired',
      attempts: 0,
      keepMs: 1_000_000,
      failure: undefined,
      history,
    })
  })
})

describe('cancelled', () => {
  test.each([1, 3])('attempt %d is cancelled with its reason, and the outcome kept as asked', (attempt) => {
    const settlement = decideAbout({ kind: 'cancelled', reason: 'why' }, { attempt, keepResultMs: 5 })
    expect(settlement).toEqual({ kind: 'cancel', lease, attempt, keepMs: 5, reason: 'why' })
  })
})

describe.each(['snoozed', 'returned'] as const)('%s', (kind) => {
  test.each([1, 3])('attempt %d is handed back and not counted', (attempt) => {
    expect(decideAbout({ kind, delayMs: 250 }, { attempt, history: { losses: 2 } })).toEqual({
      kind: 'release',
      lease,
      delayMs: 250,
      attempts: attempt - 1,
      history: { losses: 2 },
    })
  })

  test('forgets that the task was unknown once: some worker knew it', () => {
    const settlement = decideAbout({ kind, delayMs: 0 }, { history: { unknownSince: NOW } })
    expect(settlement).toMatchObject({ history: {} })
    expect(settlement).not.toHaveProperty('history.unknownSince')
  })
})

describe('unknown task', () => {
  test.each([
    [0, 1_000],
    [1_000, 1_000],
    [10_000, 5_000],
    [119_000, 59_500],
    [500_000, 60_000],
    [599_999, 60_000],
  ])('after %d ms of waiting it is handed back for %d ms', (waitedMs, delayMs) => {
    const unknownSince = AT - waitedMs
    expect(decideAbout({ kind: 'unknownTask' }, { attempt: 2, history: { unknownSince } })).toEqual({
      kind: 'release',
      lease,
      delayMs,
      attempts: 1,
      history: { unknownSince },
    })
  })

  test('the first release starts the grace, and keeps the rest of the history', () => {
    const settlement = decideAbout({ kind: 'unknownTask' }, { history: { losses: 1 } })
    expect(settlement).toMatchObject({
      delayMs: 1_000,
      attempts: 0,
      history: { losses: 1, unknownSince: AT },
    })
  })

  test('after the grace it is dead, and no attempt was used', () => {
    const history = { unknownSince: AT - 600_000 }
    expect(decideAbout({ kind: 'unknownTask' }, { history })).toEqual({
      kind: 'deadLetter',
      lease,
      reason: 'unknown-task',
      attempts: 0,
      keepMs: 1_000_000,
      failure: undefined,
      history,
    })
  })

  test('a grace of zero is none at all', () => {
    const settlement = decide(
      new Hold(taskDelivery(), 90, 100),
      { kind: 'unknownTask' },
      { ...context, unknownTaskGraceMs: 0 },
    )
    expect(settlement).toMatchObject({ kind: 'deadLetter', reason: 'unknown-task' })
  })
})

describe('a corrupt delivery', () => {
  const corrupt = corruptDelivery({ attempt: 2 })

  test.each<Outcome>([
    { kind: 'undecodable', error: 'the row is torn' },
    { kind: 'returned', delayMs: 0 },
    { kind: 'failed', error },
  ])('goes to the dead letters whatever came of it: $kind', (outcome) => {
    expect(decide(new Hold(corrupt, 90, 100), outcome, context)).toMatchObject({
      kind: 'deadLetter',
      lease: corrupt.lease,
      reason: 'undecodable',
      attempts: 2,
      keepMs: 14 * 24 * 3_600_000,
      failure: { code: 'TASQ_UNDECODABLE', attempt: 2, at: AT },
      history: undefined,
    })
  })

  test('says what was wrong with the row', () => {
    const settlement = decide(new Hold(corrupt, 0, 0), { kind: 'undecodable', error: '' }, context)
    expect(settlement).toHaveProperty('failure.message', expect.stringContaining('the row is torn'))
  })
})
