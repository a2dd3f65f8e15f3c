import type { DeadReason, Failure } from '../contract/failure.ts'
import { reasonOf, TasqError } from './tasq-error.ts'

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
    super(
      'TASQ_UNKNOWN_OUTCOME',
      `No answer to the enqueue of ${some}: ${reasonOf(cause).replace(/\.$/, '')}.`,
      {
        nextStep:
          'Look the ids up before enqueuing again, or use a unique key, which makes a repeat harmless.',
        cause,
      },
    )
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
