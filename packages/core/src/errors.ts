import type { DeadReason, Failure } from './contract/failure.ts'

const MARK = Symbol.for('tasq.error')

/** What an error says beyond its code and the problem. */
export interface TasqErrorDetails {
  /** What to do about it. */
  readonly nextStep: string
  /** What was thrown underneath. @default none */
  readonly cause?: unknown
  /** Whether the same call may succeed later. @default false */
  readonly retryable?: boolean
}

/**
 * Every error that Tasq makes: a stable `code` (listed in docs/errors.md), what was wrong and where,
 * the next step, and the cause.
 */
export class TasqError extends Error {
  readonly code: string
  readonly nextStep: string
  readonly retryable: boolean

  constructor(code: string, problem: string, details: TasqErrorDetails) {
    super(`${problem} ${details.nextStep}`, { cause: details.cause })
    this.name = new.target.name
    this.code = code
    this.nextStep = details.nextStep
    this.retryable = details.retryable ?? false
    Object.defineProperty(this, MARK, { value: true })
  }

  /** Like `instanceof`, and true across copies of this package too. */
  static isInstance(value: unknown): value is TasqError {
    return typeof value === 'object' && value !== null && MARK in value
  }
}

/** `TASQ_INVALID_OPTION`: an option has a value that can't work. */
export class InvalidOptionError extends TasqError {
  readonly option: string

  constructor(option: string, value: unknown, allowed: string) {
    super('TASQ_INVALID_OPTION', `Option '${option}' can't be ${display(value)}.`, {
      nextStep: `Use ${allowed}.`,
    })
    this.option = option
  }
}

/** One thing that a schema found wrong. */
export interface InputIssue {
  readonly message: string
  /** Where, from the top of the value. */
  readonly path: readonly PropertyKey[]
}

/** `TASQ_INVALID_INPUT`: a value does not satisfy the schema of its task. */
export class InvalidInputError extends TasqError {
  readonly task: string
  readonly issues: readonly InputIssue[]

  constructor(task: string, what: 'input' | 'result', issues: readonly InputIssue[]) {
    const list = issues.map(({ path, message }) =>
      path.length > 0 ? `${path.join('.')}: ${message}` : message,
    )
    super('TASQ_INVALID_INPUT', `The ${what} of task '${task}' is not valid: ${list.join('; ')}.`, {
      nextStep: `Change the ${what}, or the schema in the task definition.`,
    })
    this.task = task
    this.issues = issues
  }
}

/** `TASQ_UNENCODABLE`: the codec can't turn a value into bytes. */
export class EncodeError extends TasqError {
  constructor(what: string, encoding: string, cause: unknown) {
    super('TASQ_UNENCODABLE', `The codec '${encoding}' can't encode ${what}: ${reasonOf(cause)}.`, {
      nextStep: 'Pass plain data: no functions, no symbols, no cycles.',
      cause,
    })
  }
}

/** `TASQ_UNDECODABLE`: stored bytes can't be read. */
export class DecodeError extends TasqError {
  constructor(what: string, encoding: string, cause: unknown) {
    super('TASQ_UNDECODABLE', `The codec '${encoding}' can't decode ${what}: ${reasonOf(cause)}.`, {
      nextStep: 'Its bytes are kept; see that this worker has the codec that wrote them.',
      cause,
    })
  }
}

/** `TASQ_PAYLOAD_TOO_LARGE`: refused before it was sent. */
export class PayloadTooLargeError extends TasqError {
  readonly bytes: number
  readonly limit: number

  constructor(what: string, bytes: number, limit: number, driver: string) {
    super('TASQ_PAYLOAD_TOO_LARGE', `${what} takes ${bytes} bytes; ${driver} carries at most ${limit}.`, {
      nextStep: 'Store the data elsewhere and pass a reference to it.',
    })
    this.bytes = bytes
    this.limit = limit
  }
}

/** `TASQ_UNKNOWN_TASK`: no definition has this name. */
export class UnknownTaskError extends TasqError {
  constructor(name: string, known: readonly string[]) {
    const list =
      known.length > 0 ? `known are ${known.map((task) => `'${task}'`).join(', ')}` : 'none is registered'
    super('TASQ_UNKNOWN_TASK', `No task is named '${name}': ${list}.`, {
      nextStep: 'Pass its definition to createTasq({ tasks }), or enqueue with the definition itself.',
    })
  }
}

/** `TASQ_UNKNOWN_SCHEDULE`: no schedule has this id. */
export class UnknownScheduleError extends TasqError {
  constructor(id: string) {
    super('TASQ_UNKNOWN_SCHEDULE', `There is no schedule '${id}'.`, {
      nextStep: 'See tasq.schedules.list(); it may have been removed, or have ended a while ago.',
    })
  }
}

/** `TASQ_BACKPRESSURE`: too much is waiting to be written; nothing of this call was stored. */
export class BackpressureError extends TasqError {
  constructor(waiting: string) {
    super('TASQ_BACKPRESSURE', `Enqueue was refused: ${waiting} wait to be written already.`, {
      nextStep:
        'Await earlier calls before making more, use enqueueMany, or see whether the backend is reachable.',
      retryable: true,
    })
  }
}

/** `TASQ_UNKNOWN_OUTCOME`: the backend did not answer in time; the tasks may or may not be stored. */
export class UnknownOutcomeError extends TasqError {
  readonly ids: readonly string[]

  constructor(ids: readonly string[], cause: unknown) {
    const some = ids.length > 3 ? `${ids.slice(0, 3).join(', ')} and ${ids.length - 3} more` : ids.join(', ')
    super('TASQ_UNKNOWN_OUTCOME', `No answer to the enqueue of ${some}: ${reasonOf(cause)}.`, {
      nextStep: 'Look the ids up before enqueuing again, or use a unique key, which makes a repeat harmless.',
      cause,
    })
    this.ids = ids
  }
}

/** `TASQ_NOT_ALL_ENQUEUED`: some items of an `enqueueMany` were refused; the others are stored. */
export class NotAllEnqueuedError extends TasqError {
  /** The refused items by their position in the call. */
  readonly refused: ReadonlyMap<number, TasqError>

  constructor(refused: ReadonlyMap<number, TasqError>, total: number) {
    const [position, error] = [...refused][0] ?? [0, undefined]
    super(
      'TASQ_NOT_ALL_ENQUEUED',
      `${refused.size} of ${total} tasks were refused; number ${position}: ${error?.message}`,
      {
        nextStep: 'The others are stored: enqueue only those in `refused` again.',
        cause: error,
      },
    )
    this.refused = refused
  }
}

/** `TASQ_CLOSED`: used after it was closed or stopped. */
export class ClosedError extends TasqError {
  constructor(what: string) {
    super('TASQ_CLOSED', `${what} is closed.`, { nextStep: 'Make a new one.' })
  }
}

/** `TASQ_UNSUPPORTED`: this backend does not have that; nothing was done. */
export class UnsupportedError extends TasqError {
  constructor(driver: string, feature: string, alternative: string) {
    super('TASQ_UNSUPPORTED', `The driver '${driver}' has no ${feature}.`, { nextStep: alternative })
  }
}

/** `TASQ_INVALID_TRANSACTION`: what was passed as `tx` is no client that this driver can write with. */
export class InvalidTransactionError extends TasqError {
  constructor(driver: string, expects: string) {
    super('TASQ_INVALID_TRANSACTION', `The driver '${driver}' can't enqueue with what was passed as tx.`, {
      nextStep: `Pass ${expects}, with your transaction open on it.`,
    })
  }
}

/** `TASQ_RESULT_TIMEOUT`: the task had not finished in time; it goes on. */
export class ResultTimeoutError extends TasqError {
  constructor(id: string, timeoutMs: number) {
    super('TASQ_RESULT_TIMEOUT', `Task ${id} has not finished within ${timeoutMs} ms.`, {
      nextStep: 'It goes on: ask again, or see whether a worker serves its queue.',
      retryable: true,
    })
  }
}

/** `TASQ_RESULT_NOT_KEPT`: the task was enqueued without keeping its result. */
export class ResultNotKeptError extends TasqError {
  constructor(task: string, id: string) {
    super('TASQ_RESULT_NOT_KEPT', `Task ${id} ('${task}') does not keep its result.`, {
      nextStep: "Set keepResult: '10m' on the definition or in the enqueue call.",
    })
  }
}

/** `TASQ_TASK_NOT_FOUND`: it never existed, was removed, or its outcome is no longer kept. */
export class TaskNotFoundError extends TasqError {
  constructor(queue: string, id: string) {
    super('TASQ_TASK_NOT_FOUND', `There is no task ${id} in queue '${queue}'.`, {
      nextStep: 'It may have been removed, or finished and its outcome not kept (option keepResult).',
    })
  }
}

/** `TASQ_TASK_CANCELLED`: the task was cancelled; also the reason of the handler's signal. */
export class TaskCancelledError extends TasqError {
  /** What was given as the reason. */
  readonly reason: string | undefined

  constructor(id: string, reason: string | undefined) {
    super('TASQ_TASK_CANCELLED', `Task ${id} was cancelled${reason === undefined ? '' : `: ${reason}`}.`, {
      nextStep: 'Enqueue it again if it is still wanted.',
    })
    this.reason = reason
  }
}

/** `TASQ_TASK_DEAD`: the task is among the dead letters. */
export class TaskDeadError extends TasqError {
  readonly reason: DeadReason
  readonly failure: Failure | undefined

  constructor(id: string, reason: DeadReason, failure: Failure | undefined) {
    const last = failure === undefined ? '' : `: ${failure.name}: ${failure.message}`
    super('TASQ_TASK_DEAD', `Task ${id} is dead (${reason})${last}.`, {
      nextStep: 'Mend the cause, then retry it from the dead letters.',
    })
    this.reason = reason
    this.failure = failure
  }
}

/** `TASQ_ATTEMPT_TIMEOUT`: the attempt took longer than its timeout. */
export class AttemptTimeoutError extends TasqError {
  constructor(task: string, timeoutMs: number) {
    super('TASQ_ATTEMPT_TIMEOUT', `An attempt at '${task}' took longer than ${timeoutMs} ms.`, {
      nextStep: 'Raise its timeout, or make the handler stop when its signal aborts.',
    })
  }
}

/** `TASQ_LEASE_LOST`: the attempt's lease is over; another worker may have the task. */
export class LeaseLostError extends TasqError {
  constructor(id: string, problem: string) {
    super('TASQ_LEASE_LOST', `The lease on task ${id} was lost: ${problem}.`, {
      nextStep:
        'See that its worker lives, reaches the backend and does not block its event loop, or raise visibilityTimeout.',
    })
  }
}

/** `TASQ_WORKER_STOPPING`: the worker stops and hands the task back. */
export class WorkerStoppingError extends TasqError {
  constructor(workerId: string) {
    super('TASQ_WORKER_STOPPING', `Worker ${workerId} stops; its time to drain is over.`, {
      nextStep: 'The task is handed back and no attempt is counted.',
    })
  }
}

/** `TASQ_POOL`: none of a pool's processes has begun to work. */
export class PoolError extends TasqError {
  constructor(problem: string) {
    super('TASQ_POOL', `The pool could not start: ${problem}`, {
      nextStep: 'See that its module can be loaded, exports the app, and reaches the backend.',
    })
  }
}

/** `TASQ_PERMANENT`: throw it, or a subclass, from a handler to say that no retry can help. */
export class PermanentError extends TasqError {
  constructor(message: string, options: { readonly cause?: unknown } = {}) {
    super('TASQ_PERMANENT', message, { nextStep: 'It is not retried.', cause: options.cause })
    this.message = message
  }
}

/** `TASQ_FOLLOW_UP_REFUSED`: a handler wants more done after it than an attempt may, or wants it too late. */
export class FollowUpError extends TasqError {
  constructor(task: string, problem: string) {
    super('TASQ_FOLLOW_UP_REFUSED', `A follow-up of task '${task}' was refused: ${problem}.`, {
      nextStep:
        'Await context.enqueue() in the handler; for more of them, enqueue one task that enqueues the others.',
    })
  }
}

/** `TASQ_HANDLER_NOT_LOADED`: the module of a task can't be loaded, or exports no handler for it. */
export class HandlerNotLoadedError extends TasqError {
  readonly module: string

  constructor(task: string, module: string, problem: string, details: TasqErrorDetails) {
    super(
      'TASQ_HANDLER_NOT_LOADED',
      `The handler of task '${task}' can't be loaded from ${module}: ${problem}.`,
      details,
    )
    this.module = module
  }
}

/** `TASQ_CHILD_DIED`: the thread or process that ran the handler, or was to run it, is gone. */
export class ChildDiedError extends TasqError {
  /** How it came to its end: `signal SIGKILL`, `exit code 1`, or an error that nobody caught. */
  readonly how: string

  constructor(child: string, how: string, cause: unknown) {
    super('TASQ_CHILD_DIED', `The ${child} that ran the handler has ended: ${how}.`, {
      nextStep:
        'See what it wrote to its outputs, and whether it ran out of memory or called process.exit().',
      cause,
    })
    this.how = how
  }
}

/** What can be wrong with a backend. docs/errors.md says of each when it happens and what to do. */
export type StoreErrorCode =
  | 'TASQ_STORE_UNAVAILABLE'
  | 'TASQ_STORE_BUSY'
  | 'TASQ_STORE_FULL'
  | 'TASQ_STORE_READ_ONLY'
  | 'TASQ_STORE_CORRUPT'
  | 'TASQ_STORE_FOREIGN'
  | 'TASQ_SCHEMA_TOO_NEW'
  | 'TASQ_SCHEMA_MISSING'
  | 'TASQ_STORE_FAILED'

/** What a StoreError says beyond its code and the problem. */
export interface StoreErrorDetails extends TasqErrorDetails {
  /**
   * Whether the call may have been carried out although it failed: `refused` where it certainly was not, `unknown` where
   * its answer was lost. @default 'unknown' where it is retryable, else 'refused'
   */
  readonly outcome?: 'refused' | 'unknown'
}

/** What went wrong with a backend, in terms that are the same on all of them. */
export class StoreError extends TasqError {
  declare readonly code: StoreErrorCode
  readonly outcome: 'refused' | 'unknown'

  constructor(code: StoreErrorCode, problem: string, details: StoreErrorDetails) {
    super(code, problem, details)
    this.outcome = details.outcome ?? (this.retryable ? 'unknown' : 'refused')
  }
}

/** The message of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

function display(value: unknown): string {
  if (typeof value === 'string') return `'${value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `[${value.map(display).join(', ')}]` : 'an object'
}
