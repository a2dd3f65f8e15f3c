// The door for applications, in the order of a task's trip.

// make an app
export { createTasq } from './client/create-tasq.ts'
export type { ThisDriverHasNoTransactions, TxOf } from './client/facets.ts'
export type { KnownTask } from './client/known-task.ts'
export type { InputOf, ResultOf } from './client/named-tasks.ts'
export type { OverviewOptions, QueueOverview } from './client/overview.ts'
export type {
  ListOptions,
  QueueDeadLetters,
  QueueHandle,
} from './client/queue-handle.ts'
export type { QueueLimits, QueueSettings } from './client/queue-settings.ts'
export type { DeadLetterSelection, RetryDeadOptions } from './client/redrive.ts'
export type { ResultOptions, TaskHandle } from './client/task-handle.ts'
export type { ChangeOptions, ChangeReport, TaskChange, TaskSelection } from './client/task-selection.ts'
export type { TaskSnapshot } from './client/task-snapshot.ts'
export { Tasq } from './client/tasq.ts'
export type { EventsOption, ManyOptions, MixedOptions, TasqOptions } from './client/tasq-options.ts'
export type { WorkerDirectory } from './client/worker-directory.ts'
export type { Codec } from './codec/codec.ts'
export { jsonCodec } from './codec/json-codec.ts'
export { msgpackCodec } from './codec/msgpack-codec.ts'
export type { Driver } from './contract/driver.ts'
export type { TaskRef } from './contract/envelope.ts'
export type { PurgeableState, QueueCounts, TaskState } from './contract/facets/backlog.ts'
export type { CancelAnswer } from './contract/facets/cancellation.ts'
export type { Finding, FindingStatus } from './contract/facets/diagnostics.ts'
export type { ChangeAnswer } from './contract/facets/inspection.ts'
export type { Page } from './contract/facets/page.ts'
export type { DeadReason, Failure } from './contract/failure.ts'
export type { PresentWorker, QueueRate, WorkerPresence } from './coordination/presence.ts'
export type { LogLine, TaskProgress } from './coordination/progress-record.ts'
export type { QueuePolicy } from './engine/queue-order.ts'
export type { RateLimit } from './engine/rate-limiter.ts'
export type { StopReason, StopReport } from './engine/shutdown.ts'
export type { TaskTally, TimeBuckets } from './engine/task-tallies.ts'
// work
export type { StopOptions, Worker } from './engine/worker.ts'
export type { WorkerHealth } from './engine/worker-health.ts'
export type { WorkerHook, WorkerHookContext, WorkerHooks } from './engine/worker-hooks.ts'
export type { Times, WorkerMetrics } from './engine/worker-metrics.ts'
export type { WeightedQueue, WorkerOptions } from './engine/worker-options.ts'
export type { WorkerState } from './engine/worker-state.ts'
export { keepSecret, keepSecretsOf, withoutSecrets } from './errors/secrets.ts'
// what can go wrong
export * from './errors.ts'
// hear of it
export type { AppEvents } from './events/app-events.ts'
export type { EventEmitter, Listener } from './events/event-emitter.ts'
export type {
  AttemptEvent,
  ScheduleEvent,
  TaskEvent,
  TasqEventName,
  TasqEvents,
  WorkerEvent,
} from './events/event-map.ts'
export type {
  EventOf,
  EventSubscription,
  Missed,
  PublishedListener,
  SubscribeOptions,
} from './events/event-subscription.ts'
export type { PublishOptions } from './events/publish-options.ts'
export {
  type ErrorData,
  type EventSource,
  PUBLISHED_EVENT_NAMES,
  type PublishedEvent,
  type PublishedEventName,
  type PublishedEventOf,
  type PublishedEvents,
} from './events/published-events.ts'
export type { Execution } from './execution/execution-mode.ts'
export type { ExecutionOptions } from './execution/execution-options.ts'
export type { HandlerModule, HandlerOptions, TaskExecution } from './execution/handler-module.ts'
export type {
  AttemptMiddleware,
  EnqueueAnswer,
  EnqueueContext,
  EnqueueMiddleware,
  Middleware,
} from './middleware/middleware.ts'
export { type AttemptMoments, attemptMoments } from './middleware/moments.ts'
export type { MixOf } from './mixing/mix.ts'
export type { StoreDriver } from './mixing/store-driver.ts'
export type { EventsDriver, WithEvents } from './mixing/with-events.ts'
export type { PoolHealth, PoolMember, PoolMetrics } from './pool/pool-figures.ts'
export type { PoolOptions, PoolWorkerOptions } from './pool/pool-options.ts'
export type { PoolReport } from './pool/pool-report.ts'
export type { PoolStopOptions, WorkerPool } from './pool/worker-pool.ts'
export type { Redact, RedactedKind, RedactedValue } from './redaction/redact.ts'
export type { SensitiveOptions } from './redaction/sensitive.ts'
export type { ErrorFilter, ErrorKind } from './retry/error-kinds.ts'
export { type Clock, systemClock } from './runtime/clock.ts'
export type { Duration } from './runtime/duration.ts'
// run at their times
export { defineSchedule, type ScheduleDeclaration } from './schedule/define-schedule.ts'
export type {
  CronTiming,
  IntervalTiming,
  MissedPolicy,
  ScheduledTaskOptions,
  ScheduleOptions,
  SingleTiming,
} from './schedule/schedule-options.ts'
export type { ScheduleRun, ScheduleSnapshot } from './schedule/schedule-snapshot.ts'
export { type ScheduledRun, scheduledRun } from './schedule/scheduled-run.ts'
export type { Schedule, Schedules } from './schedule/schedules.ts'
export type { TaskContext } from './task/context.ts'
// declare
export { defineTask, type Handler, type HandlerReturn, type TaskDefinition } from './task/define-task.ts'
// enqueue, and follow a task
export type { EnqueueOptions } from './task/enqueue-options.ts'
export type {
  Enqueueable,
  FollowUp,
  FollowUpInput,
  FollowUpOptions,
  FollowUpTask,
} from './task/enqueueable.ts'
export type { HookContext, TaskHooks } from './task/hooks.ts'
export {
  type Discard,
  discard,
  type HoldOptions,
  isDiscard,
  isSnooze,
  rateLimit,
  type Snooze,
  snooze,
} from './task/outcomes.ts'
export type { Priority, PriorityLevel } from './task/priority.ts'
export type { KeepOptions, QueueRetentionOptions, RetentionOptions } from './task/retention-options.ts'
export type { RetryDelay, RetryOptions, StoredRetryOptions, TaskOptions } from './task/task-options.ts'
export { typed } from './task/typed.ts'
export type { DebounceOptions, RepeatOptions, ThrottleOptions, UniqueOptions } from './task/unique-options.ts'
