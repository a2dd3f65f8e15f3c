import { showable, withoutSecrets } from './secrets.ts'

/** Of a text that can't be used, the beginning is enough to know it by. */
const LONGEST_SHOWN = 500
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
 * the next step, and the cause. Its message has no passwords and keys in it.
 */
export class TasqError extends Error {
  readonly code: string
  readonly nextStep: string
  readonly retryable: boolean

  constructor(code: string, problem: string, details: TasqErrorDetails) {
    super(withoutSecrets(`${problem} ${details.nextStep}`), { cause: details.cause })
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
    super('TASQ_INVALID_OPTION', `Option '${option}' can't be ${display(showable(option, value))}.`, {
      nextStep: `Use ${allowed}.`,
    })
    this.option = option
  }
}

/** The message of anything that was thrown. */
export function reasonOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}

/** A value as messages show it. */
export function display(value: unknown): string {
  if (typeof value === 'string')
    return `'${value.length > LONGEST_SHOWN ? `${value.slice(0, LONGEST_SHOWN)}…` : value}'`
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value === 'function') return 'a function'
  if (typeof value !== 'object' || value === null) return String(value)
  return Array.isArray(value) ? `[${value.map(display).join(', ')}]` : 'an object'
}
