import type { Codec } from '../codec/codec.ts'
import type { Driver } from '../contract/driver.ts'
import type { PublishOptions } from '../events/publish-options.ts'
import type { Middleware } from '../middleware/middleware.ts'
import type { StoreDriver } from '../mixing/store-driver.ts'
import type { EventsDriver } from '../mixing/with-events.ts'
import type { Redact } from '../redaction/redact.ts'
import type { Clock } from '../runtime/clock.ts'
import type { ScheduleDeclaration } from '../schedule/define-schedule.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import type { EnqueueOptions } from '../task/enqueue-options.ts'
import type { RetentionOptions } from '../task/retention-options.ts'
import type { TaskOptions } from '../task/task-options.ts'

/**
 * What an app is made of: where its tasks are kept, which they are, and what holds for all of them.
 * @example
 * createTasq({ driver: sqlite('tasq.db'), tasks: [resizeImage], defaults: { retry: { maxAttempts: 5 } } })
 */
export interface TasqOptions<D extends Driver, Tasks extends readonly TaskDefinition[]> {
  /** Where tasks are kept: `sqlite('tasq.db')`, `memory()`, … */
  readonly driver: D
  /** The definitions that this app enqueues by name, and those that its workers run. @default [] */
  readonly tasks?: Tasks
  /** Options of every task, behind those of its definition. @default {} */
  readonly defaults?: TaskOptions
  /** What is kept of tasks that are over, by age and by number, in all queues and in some. @default what `keepResult` and `keepDeadLetter` say */
  readonly retention?: RetentionOptions
  /** Writes payloads and results. @default msgpackCodec */
  readonly codec?: Codec
  /** Further codecs that this app can read, for example while the format changes; msgpack and JSON always can be. @default [] */
  readonly codecs?: readonly Codec[]
  /** The most bytes that an encoded input or result may take; what is larger is refused before it is sent. @default what the backend carries */
  readonly maxPayloadBytes?: number | undefined
  /**
   * Gives what is shown instead of the inputs, results, progress, logs, failures and headers of tasks: in snapshots, events and error texts;
   * never what is stored or given to handlers. Where it throws, the value is hidden. @default all is shown but what definitions call `sensitive`
   */
  readonly redact?: Redact | undefined
  /** Wrappers around each enqueue and each attempt, the first outermost. @default [] */
  readonly middleware?: readonly Middleware[]
  /**
   * What runs at its times, made by `defineSchedule`; the app's workers write it when they start. One that is taken out of the code goes on
   * until it is removed: `tasq.schedules.remove(id)` or `tasq.schedules.prune()`. @default []
   */
  readonly schedules?: readonly ScheduleDeclaration[]
  /**
   * Tells other processes what happens in this one, for `tasq.events.subscribe()`, `tasq events` and programs of other kinds, by what carries events:
   * the driver, the store, or `events`. Best effort: what can't be sent is dropped, and nothing waits for it. @default false: it costs nothing
   */
  readonly publishEvents?: boolean | PublishOptions | undefined
  /** Source of time; tests pass their own. @default the system's */
  readonly clock?: Clock
  /** Random numbers in [0, 1), for jitter. @default Math.random */
  readonly random?: () => number
}

/** Options for all tasks of an `enqueueMany`, or a function that gives those of each. */
export type ManyOptions<Input, Tx> =
  | EnqueueOptions<Tx>
  | ((input: Input, index: number) => EnqueueOptions<Tx> | undefined)

/** An app of a broker, with a store beside it for what brokers can't do. */
export interface MixedOptions<
  D extends Driver,
  S extends StoreDriver,
  Tasks extends readonly TaskDefinition[],
> extends TasqOptions<D, Tasks> {
  /**
   * Says who may run a task that the broker has delivered, keeps results and unique keys, lets tasks be cancelled, and enqueues in your
   * transactions: `redis(…)`, `postgres(…)`, `mysql(…)` or `sqlite(…)`. @default none: those things are not there
   */
  readonly store: S
}

/** What carries messages between the processes of an app, where its driver can't, or not well enough. */
export interface EventsOption<E extends EventsDriver | undefined> {
  /**
   * A driver with events, opened and closed with the app: `redis(…)`, `postgres(…)` or `rabbitmq(…)`. No task is kept there.
   * @default the driver's own or the store's; without any, flags and marks are read once a second
   */
  readonly events?: E
}
