import assert from 'node:assert/strict'
import type {
  Bury,
  Cancel,
  Complete,
  Driver,
  Failure,
  Lease,
  Release,
  Retry,
  SettleAnswer,
  Settlement,
  TaskHistory,
} from '@tasq/core/driver'

/** What a settlement is made from: a delivery, or what recovery gave. */
export interface Held {
  readonly lease: Lease
  readonly attempt: number
}

type Fields<Kind> = Partial<Omit<Kind, 'kind' | 'lease'>>

/** It is done; nothing of it is kept. `fields` say otherwise. */
export function complete({ lease, attempt }: Held, fields: Fields<Complete> = {}): Complete {
  return { kind: 'complete', lease, attempt, keepMs: undefined, result: undefined, ...fields }
}

/** The attempt failed; it is ready again at once. `fields` say otherwise. */
export function retry({ lease, attempt }: Held, fields: Fields<Retry> = {}): Retry {
  return { kind: 'retry', lease, delayMs: 0, attempts: attempt, history: undefined, ...fields }
}

/** Handed back at once, without the attempt being counted. `fields` say otherwise. */
export function release({ lease, attempt }: Held, fields: Fields<Release> = {}): Release {
  return { kind: 'release', lease, delayMs: 0, attempts: attempt - 1, history: undefined, ...fields }
}

/** It goes to the dead letters for an hour, as exhausted. `fields` say otherwise. */
export function bury({ lease, attempt }: Held, fields: Fields<Bury> = {}): Bury {
  return {
    kind: 'deadLetter',
    lease,
    reason: 'exhausted',
    attempts: attempt,
    keepMs: 3_600_000,
    failure: undefined,
    history: undefined,
    ...fields,
  }
}

/** It is given up; nothing of it is kept. `fields` say otherwise. */
export function cancel({ lease, attempt }: Held, fields: Fields<Cancel> = {}): Cancel {
  return { kind: 'cancel', lease, attempt, reason: undefined, keepMs: undefined, ...fields }
}

/** One settlement of each kind. */
export const kinds: Readonly<Record<Settlement['kind'], (held: Held) => Settlement>> = {
  complete,
  retry,
  release,
  deadLetter: bury,
  cancel,
}

/** The answer to one settlement. */
export async function settle(driver: Driver, settlement: Settlement): Promise<SettleAnswer> {
  const answers = await driver.settle([settlement])
  assert.equal(answers.length, 1, 'settle gives an answer for each settlement')
  return answers[0] as SettleAnswer
}

/** Settlements that must all be accepted. */
export async function settleAll(driver: Driver, settlements: readonly Settlement[]): Promise<void> {
  const size = driver.limits.maxBatch
  for (let start = 0; start < settlements.length; start += size) {
    const batch = settlements.slice(start, start + size)
    assert.deepEqual(
      await driver.settle(batch),
      batch.map(() => 'settled'),
    )
  }
}

export function failure(fields: Partial<Failure> = {}): Failure {
  return { name: 'TypeError', message: 'it broke', attempt: 1, at: 1_767_225_600_123, ...fields }
}

/** A history with something in each of its fields. */
export const history: TaskHistory = {
  losses: 2,
  unknownSince: 1_767_225_600_456,
  failures: [
    failure({ code: 'E_FIRST', stack: 'TypeError: it broke\n    at "handler" (a.ts:1:2)' }),
    failure({ message: 'späte Störung 🐢 \u0000 it\'s "quoted"', attempt: 2 }),
  ],
}
