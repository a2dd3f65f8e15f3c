import { failureOf } from '../engine/failure.ts'
import type { AttemptEvent, TasqEventName, TasqEvents, WorkerEvent } from './event-map.ts'

/** An error, as data. */
export interface ErrorData {
  readonly name: string
  readonly message: string
  readonly code?: string | undefined
  readonly stack?: string | undefined
}

/** What happens to an app inside of its own process, and is of no use elsewhere. */
type StaysHere =
  | 'pool:scaled'
  | 'pool:crashed'
  | 'pool:error'
  | 'client:retry'
  | 'control:error'
  | 'hook:error'
  | 'redact:error'
  | 'listener:error'
  | 'events:dropped'

/** The name of an event that travels between processes, such as `'task:completed'`. */
export type PublishedEventName = Exclude<TasqEventName, StaysHere>

type Unchanged = Exclude<PublishedEventName, 'task:unconfirmed' | 'worker:error'>

/** What events carry when they come from another process: what they carry in their own, with errors as data. Never an input or a result. */
export type PublishedEvents = Readonly<Pick<TasqEvents, Unchanged>> & {
  readonly 'task:unconfirmed': AttemptEvent & { readonly error: ErrorData }
  readonly 'worker:error': WorkerEvent & { readonly loop: string; readonly error: ErrorData }
}

/** Which process an event comes from. */
export interface EventSource {
  readonly host: string
  readonly pid: number
  /** Names the app in its process; unique, and another one after each start. */
  readonly process: string
}

/** An event of one name, from any process. */
export interface PublishedEventOf<Name extends PublishedEventName> extends EventSource {
  readonly name: Name
  /** When it happened, by the clock of the machine where it did. */
  readonly at: Date
  readonly data: PublishedEvents[Name]
}

/** An event from any process; its `name` says what `data` is. */
export type PublishedEvent = { [Name in PublishedEventName]: PublishedEventOf<Name> }[PublishedEventName]

/** All that travel. */
export const PUBLISHED_EVENT_NAMES: readonly PublishedEventName[] = Object.keys({
  'task:enqueued': true,
  'task:started': true,
  'task:completed': true,
  'task:failed': true,
  'task:retrying': true,
  'task:dead': true,
  'task:expired': true,
  'task:cancelled': true,
  'task:released': true,
  'task:progress': true,
  'task:log': true,
  'task:lost': true,
  'task:recovered': true,
  'task:stuck': true,
  'task:unconfirmed': true,
  'schedule:fired': true,
  'schedule:missed': true,
  'worker:online': true,
  'worker:paused': true,
  'worker:resumed': true,
  'worker:offline': true,
  'worker:heartbeat': true,
  'worker:error': true,
  'worker:late': true,
  'worker:blocked': true,
  'queue:paused': true,
  'queue:resumed': true,
} satisfies Record<PublishedEventName, true>) as readonly PublishedEventName[]

const NAMES: ReadonlySet<string> = new Set(PUBLISHED_EVENT_NAMES)

export function isPublishedName(name: unknown): name is PublishedEventName {
  return typeof name === 'string' && NAMES.has(name)
}

/** How a process tells an event of its own to others. */
export function publishedEvent<Name extends PublishedEventName>(
  name: Name,
  event: TasqEvents[Name],
  at: number,
  source: EventSource,
): PublishedEvent {
  const published: unknown = { name, at: new Date(at), ...source, data: publishedData(event) }
  // It has the data of this name.
  return published as PublishedEvent
}

/** What an event of this process carries elsewhere. */
export function publishedData<Name extends PublishedEventName>(
  event: TasqEvents[Name],
): PublishedEvents[Name] {
  const data: unknown = 'error' in event ? { ...event, error: errorData(event.error) } : event
  // Errors are all that differs.
  return data as PublishedEvents[Name]
}

function errorData(error: unknown): ErrorData {
  const { name, message, code, stack } = failureOf(error, 0, 0)
  return { name, message, code, stack }
}
