import type { CodecRegistry } from '../codec/codec-registry.ts'
import type { Delivery } from '../contract/delivery.ts'
import type { Payload } from '../contract/envelope.ts'
import type { Failure } from '../contract/failure.ts'
import type { Settlement } from '../contract/settlement.ts'
import type { TaskProgress } from '../coordination/progress-record.ts'
import type { EventEmitter } from '../events/event-emitter.ts'
import type { TasqEventName, TasqEvents } from '../events/event-map.ts'
import type { TaskRegistry } from '../task/task-registry.ts'
import type { Redact, RedactedKind } from './redact.ts'
import { HIDDEN, hidePaths, hideValues } from './sensitive.ts'

/** What snapshots of tasks have in common. */
interface Shown {
  readonly task: string
  readonly input?: unknown
  readonly result?: unknown
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly failures: readonly Failure[]
}

/** What it asks, and whom it tells. */
export interface RedactionParts {
  readonly redact: Redact | undefined
  readonly registry: TaskRegistry
  readonly codecs: CodecRegistry
  readonly events: EventEmitter
}

/**
 * Hides parts of tasks from whoever looks at them: in snapshots, progress, events and error texts. What is stored, and what handlers get,
 * stays as it is. What can't be redacted is hidden altogether.
 */
export class Redaction {
  readonly #parts: RedactionParts
  /** The inputs of attempts that have failed: what is sensitive in them may stand in their messages. */
  readonly #inputs = new WeakMap<Failure, Payload>()

  constructor(parts: RedactionParts) {
    this.#parts = parts
  }

  /** Before the end of an attempt is told. */
  noteInput(delivery: Delivery, settlement: Settlement): void {
    if (delivery.kind !== 'task') return
    const failure =
      settlement.kind === 'retry'
        ? settlement.history?.failures?.at(-1)
        : settlement.kind === 'deadLetter'
          ? settlement.failure
          : undefined
    if (failure !== undefined) this.#inputs.set(failure, delivery.envelope.payload)
  }

  snapshot<Snapshot extends Shown>(snapshot: Snapshot): Snapshot {
    const { task, input, result, headers, failures } = snapshot
    return {
      ...snapshot,
      input: this.#value(task, 'input', input),
      result: this.#value(task, 'result', result),
      headers: textsOf(this.#value(task, 'headers', headers)),
      failures: failures.map((failure) => this.failure(task, failure, input)),
    }
  }

  /** @param task where it is not known, nothing is shown that was said. */
  progress(task: string | undefined, told: TaskProgress): TaskProgress {
    if (task === undefined) return { ...told, progress: HIDDEN, percent: undefined, log: [] }
    const log = told.log.map((line) => ({ ...line, ...this.#line(task, line) }))
    return { ...told, progress: this.#value(task, 'progress', told.progress), log }
  }

  /** @param input decoded, where it is known: what is sensitive in it is hidden in the message as well. */
  failure(task: string, failure: Failure, input?: unknown): Failure {
    const paths = this.#pathsOf(task)
    const known = input ?? this.#inputOf(failure)
    const text = (shown: string) => (paths === undefined ? shown : hideValues(shown, known, paths))
    const { message, stack } = failure
    const cleaned = {
      ...failure,
      message: text(message),
      stack: stack === undefined ? undefined : text(stack),
    }
    const {
      name = HIDDEN,
      message: said = HIDDEN,
      code,
      stack: trace,
    } = texts(this.#asked(task, 'failure', cleaned))
    return { ...cleaned, name, message: said, code, stack: trace }
  }

  /** An event as it is told. */
  event<Name extends TasqEventName>(name: Name, event: TasqEvents[Name]): TasqEvents[Name] {
    if (!('task' in event) || typeof event.task !== 'string') return event
    const { task } = event
    if (name === 'task:progress' && 'progress' in event) {
      return { ...event, progress: this.#value(task, 'progress', event.progress) }
    }
    if (name === 'task:log' && 'message' in event) return { ...event, ...this.#line(task, event) }
    if (
      (name === 'task:failed' || name === 'task:dead') &&
      'failure' in event &&
      event.failure !== undefined
    ) {
      return { ...event, failure: this.failure(task, event.failure) }
    }
    return event
  }

  #line(task: string, { message, fields }: Pick<TasqEvents['task:log'], 'message' | 'fields'>) {
    const shown = this.#value(task, 'log', { message, fields })
    if (!isRecord(shown)) return { message: HIDDEN, fields: undefined }
    const said = typeof shown['message'] === 'string' ? shown['message'] : HIDDEN
    return { message: said, fields: isRecord(shown['fields']) ? shown['fields'] : undefined }
  }

  #value(task: string, kind: RedactedKind, value: unknown): unknown {
    if (value === undefined) return undefined
    try {
      const copy: unknown = structuredClone(value)
      const paths = this.#pathsOf(task)
      if (paths !== undefined) hidePaths(kind === 'log' && isRecord(copy) ? copy['fields'] : copy, paths)
      return this.#asked(task, kind, copy)
    } catch (error) {
      return this.#told(task, kind, error)
    }
  }

  #asked(task: string, kind: RedactedKind, copy: unknown): unknown {
    const { redact } = this.#parts
    if (redact === undefined) return copy
    try {
      return redact(copy, { task, kind })
    } catch (error) {
      return this.#told(task, kind, error)
    }
  }

  #told(task: string, kind: RedactedKind, error: unknown): string {
    this.#parts.events.report('redact:error', { task, kind, error })
    return HIDDEN
  }

  #inputOf(failure: Failure): unknown {
    const payload = this.#inputs.get(failure)
    if (payload === undefined) return undefined
    try {
      return this.#parts.codecs.decode(payload, 'a stored value')
    } catch {
      return undefined // unreadable: nothing of it can stand in a message
    }
  }

  #pathsOf(task: string): readonly string[] | undefined {
    return this.#parts.registry.find(task)?.sensitive
  }
}

/** Nothing where an app hides nothing: then nothing is asked. */
export function redactionOf(parts: RedactionParts): Redaction | undefined {
  const hides =
    parts.redact !== undefined || parts.registry.all.some(({ sensitive }) => sensitive !== undefined)
  if (!hides) return undefined
  const redaction = new Redaction(parts)
  parts.events.showAs((name, event) => redaction.event(name, event))
  return redaction
}

function textsOf(value: unknown): Readonly<Record<string, string>> | undefined {
  return value === undefined ? undefined : texts(value)
}

/** Those of its properties that are text. */
function texts(value: unknown): Readonly<Record<string, string>> {
  if (!isRecord(value)) return {}
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
