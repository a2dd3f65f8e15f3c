import type { Clock } from '../runtime/clock.ts'
import { atMost } from '../runtime/deadline.ts'
import type { Runner } from './runner.ts'
import type { Slots } from './slots.ts'
import type { WorkerStats } from './worker-stats.ts'

/** Why a worker has stopped: somebody told it to, or one of its own options did. */
export type StopReason = 'told' | 'maxTasks' | 'runFor' | 'stopWhenEmpty' | 'maxFailures'

/** What became of the work that was under way when a worker was stopped. */
export interface StopReport {
  readonly reason: StopReason
  /** Attempts that ended by themselves in the time they were given. */
  readonly drained: number
  /** Tasks handed back without an attempt being counted, prefetched ones included. */
  readonly released: number
  /** Handlers that did not heed their signal and still run. */
  readonly abandoned: number
}

export interface ShutdownParts {
  readonly clock: Clock
  readonly slots: Slots
  readonly runner: Runner
  readonly stats: WorkerStats
  /** How long running tasks may go on. */
  readonly timeoutMs: number
  /** How long they may take to heed their signal after that. */
  readonly graceMs: number
  /** Ends the threads and processes of handlers, by force those that still run one. */
  readonly endChildren: () => Promise<void>
  /** Aborts when somebody wants it over at once. */
  readonly hurry: AbortSignal
}

/** Settlements of a stopping worker are given this long; then recovery will find their tasks. */
const FLUSH_MS = 10_000

/**
 * Ends the work of a worker that no longer reserves: hand back what waits, let what runs go on, abort it at the deadline, hand
 * back what is left, write all settlements. Every wait is bounded, so it always returns.
 */
export async function drain(parts: ShutdownParts): Promise<Omit<StopReport, 'reason'>> {
  const { clock, slots, runner, stats, timeoutMs, graceMs, hurry, endChildren } = parts
  const releasedBefore = stats.released
  const running = slots.running
  runner.giveBackPrefetched()
  await within(clock, timeoutMs, hurry, (signal) => slots.until(() => slots.running === 0, signal))
  const drained = running - slots.running
  if (slots.running > 0) {
    runner.stopAttempts()
    await within(clock, graceMs, hurry, (signal) => slots.until(() => slots.running === 0, signal))
    await new Promise((resolve) => setImmediate(resolve)) // even in a hurry: time to heed a signal
    runner.abandonAttempts()
  }
  await atMost(clock, FLUSH_MS, endChildren())
  await atMost(clock, FLUSH_MS, runner.settlementsDone())
  return { drained, released: stats.released - releasedBefore, abandoned: slots.running }
}

/** Waits for something, no longer than `ms` and no longer than nobody is in a hurry. */
async function within(
  clock: Clock,
  ms: number,
  hurry: AbortSignal,
  wait: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const over = new AbortController()
  const end = () => over.abort()
  const timer = clock.setTimeout(end, ms)
  hurry.addEventListener('abort', end)
  if (!hurry.aborted) await wait(over.signal)
  hurry.removeEventListener('abort', end)
  clock.clearTimeout(timer)
}
