import { reasonOf, TasqError } from './tasq-error.ts'

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
      nextStep: 'Pass plain data: no functions, no symbols, no cycles, nothing nested more than 100 deep.',
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
