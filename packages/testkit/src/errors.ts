import { TasqError } from '@tasq/core'

/** `TASQ_NOT_DRAINED`: a test app could not come to rest. */
export class NotDrainedError extends TasqError {
  constructor(problem: string, nextStep: string) {
    super('TASQ_NOT_DRAINED', problem, { nextStep })
  }
}

/** `TASQ_NO_RESULT`: a handler that was run inline has put its task off or given it up. */
export class NoResultError extends TasqError {
  readonly outcome: 'snoozed' | 'discarded'
  /** How long the task was put off, in ms. */
  readonly delayMs: number | undefined
  /** Why it was given up. */
  readonly reason: string | undefined

  constructor(task: string, details: { readonly delayMs: number } | { readonly reason: string }) {
    const what =
      'delayMs' in details ? `snoozed it for ${details.delayMs} ms` : `discarded it: ${details.reason}`
    super('TASQ_NO_RESULT', `The handler of '${task}' gave no result, but ${what}.`, {
      nextStep: 'If that is what the test is about, expect this error and look at its fields.',
    })
    this.outcome = 'delayMs' in details ? 'snoozed' : 'discarded'
    this.delayMs = 'delayMs' in details ? details.delayMs : undefined
    this.reason = 'reason' in details ? details.reason : undefined
  }
}
