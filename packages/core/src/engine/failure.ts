import type { Failure, TaskHistory } from '../contract/failure.ts'
import { withoutSecrets } from '../errors/secrets.ts'

const MAX_NAME = 200
const MAX_MESSAGE = 2_000
const MAX_STACK = 8_000
const MAX_FAILURES = 10

/** Anything that was thrown, as data of bounded size, without passwords and keys. An error that is hostile to its readers is one as well. */
export function failureOf(thrown: unknown, attempt: number, at: number): Failure {
  if (!(thrown instanceof Error))
    return { name: 'NonError', message: cut(describe(thrown), MAX_MESSAGE), attempt, at }
  return {
    name: textOf(thrown, 'name', MAX_NAME) ?? 'Error',
    message: cut(messageOf(thrown), MAX_MESSAGE),
    code: textOf(thrown, 'code', MAX_NAME),
    stack: textOf(thrown, 'stack', MAX_STACK),
    attempt,
    at,
  }
}

/** The history with one more failure, the oldest forgotten where there are too many. */
export function withFailure(history: TaskHistory | undefined, failure: Failure): TaskHistory {
  const failures = [...(history?.failures ?? []), failure].slice(-MAX_FAILURES)
  return { ...history, failures }
}

/** What it says, and what its cause does where that is something else: `fetch failed` alone helps nobody. */
function messageOf(error: Error): string {
  const message = textOf(error, 'message', MAX_MESSAGE) ?? describe(error)
  const cause = propertyOf(error, 'cause')
  if (!(cause instanceof Error)) return message
  // Where several addresses were tried, only the code says what happened.
  const reason = textOf(cause, 'message', MAX_MESSAGE) || textOf(cause, 'code', MAX_NAME) || ''
  return message.includes(reason) ? message : `${message} (${reason})`
}

/** A property where it is text and can be read. */
function textOf(error: Error, key: string, length: number): string | undefined {
  const value = propertyOf(error, key)
  return typeof value === 'string' ? cut(value, length) : undefined
}

function propertyOf(error: Error, key: string): unknown {
  try {
    return Reflect.get(error, key)
  } catch {
    return undefined
  }
}

function describe(thrown: unknown): string {
  if (typeof thrown !== 'object' || thrown === null) return String(thrown)
  try {
    return JSON.stringify(thrown) ?? Object.prototype.toString.call(thrown)
  } catch {
    return Object.prototype.toString.call(thrown) // cyclic or hostile: its kind is all that can be said
  }
}

function cut(text: string, length: number): string {
  const shown = withoutSecrets(text.slice(0, 2 * length))
  return shown.length > length ? `${shown.slice(0, length - 1)}…` : shown
}
