import type { App } from '../app.ts'
import type { LostDelivery } from '../contract/delivery.ts'
import type { Recovery } from '../contract/facets/recovery.ts'
import type { AttemptEvent } from '../events/event-map.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { callIds } from '../runtime/ids.ts'
import { Loop } from '../runtime/loop.ts'
import { announceSettled } from './announce.ts'
import { decideLost, lossOf } from './decide.ts'
import type { Hooks } from './hooks.ts'
import { written } from './what-is-kept.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'

const INTERVAL_MS = 2_000
const MOST_AT_ONCE = 200
/** Time to settle what was taken over; if this worker dies meanwhile, the next one takes over from it. */
const LEASE_MS = 15_000
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000

export interface RecoveryParts {
  readonly app: App
  readonly hooks: Hooks
  readonly options: ResolvedWorkerOptions
  readonly onError: (error: unknown, loop: string) => void
}

/**
 * Looks for deliveries whose lease has run out, anybody's, takes them over and settles what their tasks' own
 * policies say: another attempt later, the dead letters, or the cancel that somebody had asked for.
 */
export function recoveryLoop(parts: RecoveryParts, recovery: Recovery): Loop {
  const { app, options, onError } = parts
  const nextCallId = callIds(`${options.callPrefix}r`)
  const max = Math.min(MOST_AT_ONCE, app.driver.limits.maxBatch)
  const step = async (signal: AbortSignal) => {
    const takeOver = recovery.recover({ callId: nextCallId(), max, leaseMs: LEASE_MS })
    const taken = await withDeadline(app.clock, ANSWER_MS, 'a recovery', takeOver)
    if (taken.length > 0) await settleLost(parts, taken)
    if (taken.length < max) await sleep(app.clock, INTERVAL_MS * (0.5 + app.random()), signal)
  }
  return new Loop({ name: 'recovery', clock: app.clock, random: app.random, onError, step })
}

async function settleLost(
  { app, hooks, options }: RecoveryParts,
  taken: readonly LostDelivery[],
): Promise<void> {
  const settlements = taken.map((lost) =>
    decideLost({ ...lost, keepResultMs: lost.keepResultMs ?? options.keepCompletedMs }, app.random),
  )
  const settle = app.driver.settle(
    settlements.map((settlement, index) => written(settlement, options, taken[index]?.keepResultMs)),
  )
  const answers = await withDeadline(
    app.clock,
    ANSWER_MS,
    `the settlement of ${taken.length} lost tasks`,
    settle,
  )
  taken.forEach((lost, index) => {
    const settlement = settlements[index]
    if (answers[index] !== 'settled' || settlement === undefined) return // its new lease ends soon, and recovery meets it again
    const event = (): AttemptEvent => ({
      id: lost.lease.id,
      queue: lost.lease.queue,
      task: lost.task,
      attempt: lost.attempt,
      workerId: options.workerId,
    })
    const { lostToken } = lost
    app.events.emit('task:recovered', () => ({ ...event(), lostToken, lostAt: new Date(lost.lostAt) }))
    announceSettled(app.events, { event, settlement, durationMs: 0, released: 'returned' })
    if (!hooks.has(lost.task)) return
    const context = { ...event(), maxAttempts: lost.policy?.maxAttempts, input: undefined }
    hooks.call({ context, settlement, returned: undefined, error: lossOf(lost) })
  })
}
