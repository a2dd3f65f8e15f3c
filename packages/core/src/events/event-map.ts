import type { DeadReason, Failure } from '../contract/failure.ts'
import type { WorkerPresence } from '../coordination/presence.ts'
import type { RedactedKind } from '../redaction/redact.ts'

/** Which task an event is about. */
export interface TaskEvent {
  readonly id: string
  readonly queue: string
  readonly task: string
}

/** Which attempt, and whose. */
export interface AttemptEvent extends TaskEvent {
  readonly attempt: number
  readonly workerId: string
}

/** Which worker an event is about. */
export interface WorkerEvent {
  readonly workerId: string
}

/** Which schedule an event is about, and of which task. */
export interface ScheduleEvent {
  readonly schedule: string
  readonly queue: string
  readonly task: string
}

/** Every event and what it carries. They are told in the process where they happen, after they happened. */
export interface TasqEvents {
  /** Stored by this process: an enqueue, or a follow-up without a unique key whose parent has completed. */
  'task:enqueued': TaskEvent
  'task:started': AttemptEvent
  'task:completed': AttemptEvent & { readonly durationMs: number }
  /** An attempt failed; `task:retrying` or `task:dead` follows. */
  'task:failed': AttemptEvent & { readonly failure: Failure }
  'task:retrying': AttemptEvent & { readonly delayMs: number }
  'task:dead': AttemptEvent & { readonly reason: DeadReason; readonly failure?: Failure | undefined }
  'task:expired': AttemptEvent
  'task:cancelled': AttemptEvent & { readonly reason?: string | undefined }
  /** Handed back without an attempt being counted. */
  'task:released': AttemptEvent & {
    readonly cause: 'snoozed' | 'unknown-task' | 'returned'
    readonly delayMs: number
  }
  'task:progress': AttemptEvent & { readonly progress: unknown }
  'task:log': AttemptEvent & {
    readonly message: string
    readonly fields?: Readonly<Record<string, unknown>> | undefined
  }
  /** This worker lost the lease while it held the task; another may have it. */
  'task:lost': AttemptEvent & { readonly problem: string }
  /** This worker took over a task whose lease had run out elsewhere. */
  'task:recovered': AttemptEvent & { readonly lostToken: string; readonly lostAt: Date }
  /** The handler goes on although its signal has aborted; its slot stays taken until it ends. */
  'task:stuck': AttemptEvent & { readonly cause: string }
  /** The backend never confirmed what was written about the task; if it was lost, the task runs again. */
  'task:unconfirmed': AttemptEvent & { readonly error: unknown }
  /**
   * This process fired a schedule: the task is stored, unless an earlier one holds its unique key. `cause` says whether it was time, or
   * somebody asked for it.
   */
  'schedule:fired': ScheduleEvent & {
    readonly taskId: string
    readonly cause: 'tick' | 'trigger'
    readonly scheduledFor: Date
  }
  /** Ticks, `latest` the last of them that was due, which got no run of their own: no worker was there; cron's are counted up to 1000. */
  'schedule:missed': ScheduleEvent & { readonly ticks: number; readonly latest: Date }
  'worker:online': WorkerEvent & { readonly queues: readonly string[]; readonly concurrency: number }
  'worker:paused': WorkerEvent
  'worker:resumed': WorkerEvent
  'worker:offline': WorkerEvent
  /** Once a minute while it runs, or as often as its `heartbeatEvents` say. */
  'worker:heartbeat': WorkerPresence
  /** Told where it was asked for. */
  'queue:paused': { readonly queue: string }
  'queue:resumed': { readonly queue: string }
  /** A pool has begun to have more or fewer processes. */
  'pool:scaled': { readonly from: number; readonly to: number; readonly reason: string }
  /** A process of a pool has ended by itself; another one follows after this time. */
  'pool:crashed': {
    readonly pid: number | undefined
    readonly code: number | null
    readonly signal: string | null
    readonly problem: string | undefined
    readonly restartInMs: number
  }
  /** A pool could not look at its queues; it does so again. */
  'pool:error': { readonly error: unknown }
  /** What holds for queues and workers could not be read; it is tried again. */
  'control:error': { readonly error: unknown }
  /** A loop met an error, backs off and goes on. */
  'worker:error': WorkerEvent & { readonly loop: string; readonly error: unknown }
  /** Leases were renewed later than planned: the event loop was blocked, or the backend is slow. */
  'worker:late': WorkerEvent & { readonly lateMs: number }
  /**
   * The event loop could not go on for so long while handlers of these tasks ran in it: one of them computes, or waits synchronously. Such a
   * handler belongs into a thread or process.
   */
  'worker:blocked': WorkerEvent & { readonly lagMs: number; readonly tasks: readonly string[] }
  /** A write met an error that may pass, and is repeated. */
  'client:retry': { readonly error: unknown; readonly attempt: number; readonly tasks: number }
  /**
   * So many events that should have been published were not: `unreachable`, what carries them refused them, or was away for so long that too many
   * waited; `too-large`, for what carries them; `unwritable`, they can't be JSON, or `redact` threw. Told at most once a second.
   */
  'events:dropped': {
    readonly count: number
    readonly reason: 'unreachable' | 'too-large' | 'unwritable'
    /** The last error, where there was one. */
    readonly error?: unknown
  }
  /** A hook of a definition, or a function of its `retry`, threw; the task is not affected. */
  'hook:error': TaskEvent & { readonly hook: string; readonly error: unknown }
  /** The app's `redact` threw, or could not be given a copy: what was to be shown is hidden altogether. */
  'redact:error': { readonly task: string; readonly kind: RedactedKind; readonly error: unknown }
  /** A listener threw; nothing else was affected. */
  'listener:error': { readonly event: string; readonly error: unknown }
}

/** The name of an event, such as `'task:completed'`. */
export type TasqEventName = keyof TasqEvents
