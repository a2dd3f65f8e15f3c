import type { QueueCounts } from '@tasq/core'
import type { Finding, Journal } from './journal.ts'
import type { Plan, Scale } from './plan.ts'
import type { Lack } from './property-store.ts'

export type Counts = Omit<QueueCounts, 'queue'>

/** What a plan came to. */
export interface Story {
  readonly plan: Plan
  readonly scale: Scale
  readonly journal: Journal
  /** What its backend can't do. */
  readonly lacks: readonly Lack[]
  /** Where each task is in the end. */
  readonly findings: ReadonlyMap<string, Finding>
  readonly counts: ReadonlyMap<string, Counts>
  /** When the plan was through, and everything was mended. */
  readonly endedAt: number
}

/** Looks for what must not be; gives what it finds, in words. */
export type Check = (story: Story) => readonly string[]
