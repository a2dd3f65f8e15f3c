import type { Delivery } from '../contract/delivery.ts'
import type { Driver } from '../contract/driver.ts'
import type { Settlement } from '../contract/settlement.ts'
import { UnsupportedError } from '../errors.ts'

/** What a worker keeps of the tasks that are over in its hands, where that is not for the tasks to say. */
export interface WhatIsKept {
  /** For so long completed and cancelled tasks that do not say it themselves; absent means that they are gone. */
  readonly keepCompletedMs: number | undefined
  /** Whether dead letters are kept at all. */
  readonly deadLetters: boolean
}

/** @throws UnsupportedError where the driver has no place for what is to be kept. */
export function refuseUnsupportedKeeping({ name, results }: Driver, { keepCompletedMs }: WhatIsKept): void {
  if (keepCompletedMs === undefined || results !== undefined) return
  const alternative = 'Put a store beside it: createTasq({ driver, store }).'
  throw new UnsupportedError(name, 'records of completed tasks', alternative)
}

/** The task as if it had asked itself to be kept. */
export function withKeeping(delivery: Delivery, { keepCompletedMs }: WhatIsKept): Delivery {
  if (keepCompletedMs === undefined || delivery.kind !== 'task') return delivery
  const { envelope } = delivery
  if (envelope.keepResultMs !== undefined) return delivery
  return { ...delivery, envelope: { ...envelope, keepResultMs: keepCompletedMs } }
}

/**
 * What is written for a settlement. Where dead letters are not kept, a dead task leaves like one that was given up on: every backend can
 * write that, and whoever waits for its result learns why. All else, its events and hooks too, is told as it was decided.
 */
export function written(
  settlement: Settlement,
  { deadLetters }: WhatIsKept,
  keepMs: number | undefined,
): Settlement {
  if (deadLetters || settlement.kind !== 'deadLetter') return settlement
  const { lease, attempts, reason } = settlement
  return { kind: 'cancel', lease, attempt: attempts, reason: `dropped as dead: ${reason}`, keepMs }
}
