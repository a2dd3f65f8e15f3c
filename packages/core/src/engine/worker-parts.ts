import type { App } from '../app.ts'
import type { WorkerPresence } from '../coordination/presence.ts'
import { Executor } from '../execution/executor.ts'
import type { Loop } from '../runtime/loop.ts'
import { cancelTold } from './cancel-marks.ts'
import { countLoop } from './count-loop.ts'
import { FetchLoop } from './fetch-loop.ts'
import { heartbeatEvents } from './heartbeat.ts'
import type { Hold } from './hold.ts'
import { Hooks } from './hooks.ts'
import { LeaseKeeper } from './lease-keeper.ts'
import { LoopWatch } from './loop-watch.ts'
import { Prefetch } from './prefetch.ts'
import { progressKeeperOf } from './progress-keeper.ts'
import { recoveryLoop } from './recovery-loop.ts'
import { relayLoop } from './relay-loop.ts'
import { retentionLoop } from './retention-loop.ts'
import { Runner } from './runner.ts'
import { scheduleLoop } from './schedule-loop.ts'
import type { StopReason } from './shutdown.ts'
import { Slots } from './slots.ts'
import { upkeepLoop } from './upkeep-loop.ts'
import { type Obedient, WorkerControl } from './worker-control.ts'
import { TaskTimes } from './worker-metrics.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'
import { WorkerStats } from './worker-stats.ts'

/** What a worker is made of. */
export interface WorkerParts {
  readonly slots: Slots
  readonly stats: WorkerStats
  readonly times: TaskTimes | undefined
  readonly runner: Runner
  readonly executor: Executor | undefined
  readonly watch: LoopWatch
  readonly keeper: LeaseKeeper
  readonly control: WorkerControl
  readonly fetch: FetchLoop
  /** What goes on beside, each by itself. */
  readonly loops: readonly Loop[]
}

/** What the parts tell their worker, and ask of it. */
export interface WorkerSelf {
  readonly worker: Obedient
  readonly presence: (isLeader: boolean) => WorkerPresence
  readonly accept: (holds: readonly Hold[]) => void
  readonly queuesChanged: () => void
  readonly end: (reason: StopReason) => void
  readonly onError: (error: unknown, loop: string) => void
}

/** Makes the parts of a worker and joins them; nothing runs yet. */
export function assemble(app: App, options: ResolvedWorkerOptions, self: WorkerSelf): WorkerParts {
  const { onError } = self
  const { workerId } = options
  const slots = new Slots(options.concurrency)
  const stats = new WorkerStats()
  const prefetch = new Prefetch(app.clock, options.concurrency, options.prefetch)
  const hooks = new Hooks(app)
  const shared = { app, options, slots, prefetch, stats }
  const control = new WorkerControl({
    app,
    options,
    held: (queue) => slots.heldOf(queue),
    presence: self.presence,
    onQueues: self.queuesChanged,
    worker: self.worker,
    onError,
  })
  const times = options.metrics ? new TaskTimes() : undefined
  const executor = Executor.for(app.registry, options.execution)
  const watch = new LoopWatch({
    clock: app.clock,
    held: slots.held,
    onBlocked: ({ lagMs, tasks }) => app.events.emit('worker:blocked', () => ({ workerId, lagMs, tasks })),
  })
  const runner = new Runner({
    ...shared,
    times,
    hooks,
    progress: progressKeeperOf(app, options, (error) => onError(error, 'progress')),
    executor,
    watch,
    onFailures: () => self.end('maxFailures'),
    onHold: (queue, ms, holds) =>
      void control.hold(queue, ms, holds).catch((error: unknown) => onError(error, 'control')),
  })
  const running = { ...shared, runner, control }
  const keeper = new LeaseKeeper(app, slots.held, {
    lost: (hold, problem) => runner.lose(hold, problem),
    cancelled: (hold) => void cancelTold(running, hold, (error) => onError(error, 'upkeep')),
    late: (lateMs) => {
      stats.late = { at: app.clock.monotonic(), ms: lateMs }
      app.events.emit('worker:late', () => ({ workerId, lateMs }))
    },
    error: (error) => onError(error, 'renewal'),
  })
  const fetch = new FetchLoop({ ...shared, control, accept: self.accept, onEnd: self.end, onError })
  const loops = [
    upkeepLoop({ ...running, onError }),
    heartbeatEvents(app, options.heartbeatEventsMs, () => self.presence(control.isLeader), onError),
    ...loopsOfFacets({ app, options, hooks, isLeader: () => control.isLeader, onError }),
  ]
  return { slots, stats, times, runner, executor, watch, keeper, control, fetch, loops }
}

interface FacetLoopParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  readonly hooks: Hooks
  readonly isLeader: () => boolean
  readonly onError: (error: unknown, loop: string) => void
}

/** Those that there are only where the driver can carry them. */
function loopsOfFacets({ app, options, hooks, isLeader, onError }: FacetLoopParts): readonly Loop[] {
  const { recovery, retention, relay } = app.driver
  const { queues } = options
  const { schedules } = app
  return [
    ...(recovery === undefined ? [] : [recoveryLoop({ app, hooks, options, onError }, recovery)]),
    ...(retention === undefined ? [] : [retentionLoop(app, retention, isLeader, onError)]),
    ...(retention === undefined ? [] : countLoop({ app, queues, isLeader, onError }, retention)),
    ...(relay === undefined ? [] : [relayLoop(app, relay, onError)]),
    ...(schedules === undefined ? [] : [scheduleLoop({ app, schedules, onError, isLeader })]),
  ]
}
