/** What of a task is shown. `failure` has a name, a message and a stack; `log` has a message and fields. */
export type RedactedKind = 'input' | 'result' | 'progress' | 'log' | 'failure' | 'headers'

/** Which value of which task a `redact` is asked about. */
export interface RedactedValue {
  /** The name of its definition. */
  readonly task: string
  readonly kind: RedactedKind
}

/** Gives what is shown instead of a value. It gets a copy, which it may change. */
export type Redact = (value: unknown, about: RedactedValue) => unknown
