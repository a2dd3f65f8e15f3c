import { TasqError, type TasqErrorDetails } from './tasq-error.ts'

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
