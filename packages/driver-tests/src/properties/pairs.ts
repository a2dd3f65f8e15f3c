import fc from 'fast-check'
import { act, beats, disturbance, optional, process, queue, rarely, uniquePlan } from './arbitraries.ts'
import { bursts } from './checks/bursts.ts'
import { claimOrder } from './checks/claim-order.ts'
import { scriptedEnds } from './checks/scripted-ends.ts'
import { shares } from './checks/shares.ts'
import { everyTick } from './checks/ticks.ts'
import { acts, cancel, enqueue, fast, onQueue, pass, plansOf, redrive, task } from './pair-plans.ts'
import type { Property } from './property.ts'

// Pairs of features, each of which is easy alone.

/** With a single slot, of what is ready the most important is taken first, and among equals the oldest. */
export const priorityWithDelay: Property = {
  name: 'priority with delay',
  plans: plansOf({
    workers: fc.constant([{ concurrency: 1, prefetch: 0 }]),
    before: [onQueue('pause')],
    shares: [
      {
        weight: 4,
        arbitrary: enqueue(
          task({
            priority: fc.constantFrom(0, 0, 50, -50, 100),
            delay: rarely(fc.constant(0), beats(20, 1), 2),
            script: acts(['succeed'], 3, 1),
          }),
        ),
      },
      { weight: 2, arbitrary: pass },
      { weight: 1, arbitrary: fc.constant(onQueue('resume')) },
    ],
  }),
  checks: [claimOrder],
  needs: 'order',
}

export const uniqueWithRetry: Property = {
  name: 'unique with retry',
  plans: plansOf({
    shares: [
      {
        weight: 4,
        arbitrary: enqueue(
          task({
            unique: uniquePlan,
            maxAttempts: beats(3, 1),
            delay: rarely(fc.constant(0), beats(5, 1), 4),
            script: acts(['fail', 'fail', 'snooze', 'permanent', 'succeed'], 3, 4),
          }),
        ),
      },
      { weight: 3, arbitrary: pass },
      { weight: 1, arbitrary: fc.oneof(redrive, cancel) },
    ],
  }),
}

/** A schedule has a task for each tick, whether its queue is paused or not; none while it is paused itself. */
export const pauseWithSchedule: Property = {
  name: 'pause with schedule',
  plans: plansOf({
    before: [onQueue('setSchedule')],
    shares: [
      {
        weight: 3,
        arbitrary: fc.constantFrom(
          onQueue('pause'),
          onQueue('resume'),
          onQueue('pauseSchedule'),
          onQueue('resumeSchedule'),
          onQueue('trigger'),
        ),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), beats: beats(25, 1) }) },
    ],
  }),
  checks: [everyTick],
}

/** While two queues have work, each gets its share of what a worker may start, which comes when all is there. */
export const rateLimitWithWeights: Property = {
  name: 'rate limit with weights',
  plans: plansOf({
    workers: fc
      .record({
        concurrency: fc.constant(1),
        prefetch: fc.constant(0),
        weights: fc.record({ a: beats(4, 1), b: beats(4, 1) }),
        rate: optional(fc.record({ tasks: beats(3, 1), beats: beats(6, 1) }), 2),
      })
      .map((worker) => [worker]),
    before: [{ kind: 'stop', process: 0, waits: true }],
    shares: [
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('enqueueMany'),
          tasks: fc.array(task({ queue, script: acts(['succeed'], 2, 1) }), { minLength: 4, maxLength: 10 }),
        }),
      },
      { weight: 1, arbitrary: pass },
    ],
    length: 4,
  }),
  checks: [shares],
}

export const cancelWithTimeout: Property = {
  name: 'cancel with timeout',
  plans: plansOf({
    shares: [
      {
        weight: 2,
        arbitrary: enqueue(
          task({
            timeout: beats(8, 1),
            maxAttempts: beats(2, 1),
            script: acts(['succeed', 'fail', 'snooze', 'permanent'], 15, 3),
          }),
        ),
      },
      { weight: 2, arbitrary: cancel },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), beats: beats(5, 1) }) },
    ],
  }),
}

export const expiryWithRetry: Property = {
  name: 'expiry with retry',
  plans: plansOf({
    workers: fc.constantFrom([{ concurrency: 1, prefetch: 0 }], [{ concurrency: 1, prefetch: 10 }]),
    shares: [
      // Fast ones make a worker prefetch; what comes next may expire while it waits there.
      { weight: 2, arbitrary: fc.constant({ kind: 'enqueueMany', tasks: fast(24) }) },
      {
        weight: 3,
        arbitrary: fc.record({
          kind: fc.constant('enqueueMany'),
          tasks: fc.array(
            task({
              expiresIn: optional(beats(10, 1), 2),
              delay: rarely(fc.constant(0), beats(10, 1), 4),
              maxAttempts: beats(3, 1),
              script: acts(['fail', 'fail', 'snooze', 'succeed'], 4, 3),
            }),
            { minLength: 1, maxLength: 8 },
          ),
        }),
      },
      { weight: 2, arbitrary: pass },
      { weight: 1, arbitrary: fc.constantFrom(onQueue('pause'), onQueue('resume')) },
    ],
  }),
}

/** What each task comes to, and after how many calls, follows from its script. */
export const snoozeWithMaxAttempts: Property = {
  name: 'snooze with maxAttempts',
  plans: plansOf({
    shares: [
      {
        weight: 3,
        arbitrary: enqueue(
          task({
            queue,
            maxAttempts: beats(4, 1),
            script: acts(
              ['fail', 'fail', 'snooze', 'snooze', 'rateLimit', 'succeed', 'permanent', 'discard'],
              2,
              6,
            ),
          }),
        ),
      },
      { weight: 1, arbitrary: pass },
      { weight: 1, arbitrary: fc.constantFrom(onQueue('pause'), onQueue('resume')) },
    ],
  }),
  checks: [scriptedEnds],
}

export const recoveryWithUnique: Property = {
  name: 'recovery with unique',
  plans: plansOf({
    shares: [
      {
        weight: 3,
        arbitrary: enqueue(
          task({
            unique: uniquePlan,
            maxAttempts: beats(3, 1),
            script: fc
              .array(act, { maxLength: 3 })
              .chain((script) => acts(['succeed'], 30, 1).map((long) => [...long, ...script])),
          }),
        ),
      },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('pass'), beats: beats(20, 1) }) },
      { weight: 1, arbitrary: disturbance },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('start'), process }) },
    ],
  }),
}

/** Of a burst of calls the latest one runs, and no sooner than it was said. */
export const debounceWithPause: Property = {
  name: 'debounce with pause',
  plans: plansOf({
    shares: [
      {
        weight: 4,
        arbitrary: enqueue(task({ queue, debounce: beats(8, 1), script: acts(['succeed'], 6, 1) })),
      },
      { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass'), beats: beats(6, 1) }) },
      { weight: 1, arbitrary: fc.constantFrom(onQueue('pause'), onQueue('resume')) },
    ],
  }),
  checks: [bursts],
  needs: 'debounce',
}

export const pairs: readonly Property[] = [
  priorityWithDelay,
  uniqueWithRetry,
  pauseWithSchedule,
  rateLimitWithWeights,
  cancelWithTimeout,
  expiryWithRetry,
  snoozeWithMaxAttempts,
  recoveryWithUnique,
  debounceWithPause,
]
