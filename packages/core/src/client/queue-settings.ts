import type { QueueControl } from '../coordination/control.ts'
import type { RateLimit } from '../engine/rate-limiter.ts'

/** Limits that all workers of a queue share. */
export interface QueueLimits {
  /** Most tasks of the queue in the hands of all workers together, from 1. @default no limit */
  readonly concurrency?: number | undefined
  /** How many of its tasks all workers together may start in some time; its `scope` is always global here. @default no limit */
  readonly rateLimit?: RateLimit | undefined
}

/** What holds for a queue. */
export interface QueueSettings extends QueueLimits {
  readonly pausedAt: Date | undefined
  /** Nothing of it is started before. */
  readonly heldUntil: Date | undefined
}

export function settingsOf(control: QueueControl): QueueSettings {
  const { pausedAt, heldUntil } = control
  return {
    pausedAt: pausedAt === undefined ? undefined : new Date(pausedAt),
    heldUntil: heldUntil === undefined ? undefined : new Date(heldUntil),
    ...limitsOf(control),
  }
}

export function limitsOf({ concurrency, rateLimit }: QueueControl): QueueLimits {
  if (rateLimit === undefined) return { concurrency, rateLimit }
  const { tasks, perMs, burst } = rateLimit
  return { concurrency, rateLimit: { tasks, per: perMs, burst, scope: 'global' } }
}
