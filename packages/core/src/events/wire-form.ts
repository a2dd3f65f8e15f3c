import { presenceKind } from '../coordination/presence.ts'
import { isRecord } from '../runtime/stored-texts.ts'
import type { AttemptEvent, ScheduleEvent, TaskEvent, WorkerEvent } from './event-map.ts'
import {
  type EventSource,
  isPublishedName,
  type PublishedEvent,
  type PublishedEventName,
  type PublishedEventOf,
  type PublishedEvents,
} from './published-events.ts'
import {
  anything,
  BAD,
  date,
  errorField,
  type Field,
  type FieldsOf,
  failureField,
  fields,
  number,
  object,
  oneOf,
  optional,
  text,
  texts,
} from './wire-fields.ts'

/** Of messages; it grows when older versions of this package could misread a new one. */
const VERSION = 1

const task: FieldsOf<TaskEvent> = { id: text, queue: text, task: text }
const attempt: FieldsOf<AttemptEvent> = { ...task, attempt: number, workerId: text }
const worker: FieldsOf<WorkerEvent> = { workerId: text }
const schedule: FieldsOf<ScheduleEvent> = { schedule: text, queue: text, task: text }

const deadReason = oneOf(
  'exhausted',
  'permanent',
  'expired',
  'undecodable',
  'invalid',
  'unknown-task',
  'lost',
)

const FORMS: { readonly [Name in PublishedEventName]: Field<PublishedEvents[Name]> } = {
  'task:enqueued': fields(task),
  'task:started': fields(attempt),
  'task:completed': fields({ ...attempt, durationMs: number }),
  'task:failed': fields({ ...attempt, failure: failureField }),
  'task:retrying': fields({ ...attempt, delayMs: number }),
  'task:dead': fields({ ...attempt, reason: deadReason, failure: optional(failureField) }),
  'task:expired': fields(attempt),
  'task:cancelled': fields({ ...attempt, reason: optional(text) }),
  'task:released': fields({
    ...attempt,
    cause: oneOf('snoozed', 'unknown-task', 'returned'),
    delayMs: number,
  }),
  'task:progress': fields({ ...attempt, progress: anything }),
  'task:log': fields({ ...attempt, message: text, fields: optional(object) }),
  'task:lost': fields({ ...attempt, problem: text }),
  'task:recovered': fields({ ...attempt, lostToken: text, lostAt: date }),
  'task:stuck': fields({ ...attempt, cause: text }),
  'task:unconfirmed': fields({ ...attempt, error: errorField }),
  'schedule:fired': fields({
    ...schedule,
    taskId: text,
    cause: oneOf('tick', 'trigger'),
    scheduledFor: date,
  }),
  'schedule:missed': fields({ ...schedule, ticks: number, latest: date }),
  'worker:online': fields({ ...worker, queues: texts, concurrency: number }),
  'worker:paused': fields(worker),
  'worker:resumed': fields(worker),
  'worker:offline': fields(worker),
  'worker:heartbeat': (value) => presenceKind.parse(value) ?? BAD,
  'worker:error': fields({ ...worker, loop: text, error: errorField }),
  'worker:late': fields({ ...worker, lateMs: number }),
  'worker:blocked': fields({ ...worker, lagMs: number, tasks: texts }),
  'queue:paused': fields({ queue: text }),
  'queue:resumed': fields({ queue: text }),
}

/** An event, and the place that it has among all that its process has published: gaps show what was lost, and repeats what came twice. */
export interface NumberedEvent {
  readonly sequence: number
  readonly event: PublishedEvent
}

/**
 * The text of a message. One that would be too large goes without the stacks of its errors; `undefined` where that does not suffice.
 * @throws TypeError where progress or fields of a log can't be JSON: they have a cycle, or a bigint.
 */
export function messageOf({ sequence, event }: NumberedEvent, maxBytes: number): string | undefined {
  const { data, ...rest } = event
  return textOf(JSON.stringify({ v: VERSION, sequence, ...rest }), data, maxBytes)
}

/** Writes the messages of one process. Each task has several, so what is the same in all of them is written once. */
export class MessageWriter {
  readonly #end: string
  #at = Number.NaN
  #time = ''

  constructor({ host, pid, process }: EventSource) {
    // Without the brace that opens it.
    this.#end = JSON.stringify({ host, pid, process }).slice(1)
  }

  /** As `messageOf` gives it. */
  write<Name extends PublishedEventName>(
    sequence: number,
    name: Name,
    at: number,
    data: PublishedEvents[Name],
    maxBytes: number,
  ): string | undefined {
    if (at !== this.#at) this.#time = new Date(at).toISOString()
    this.#at = at
    const head = `{"v":${VERSION},"sequence":${sequence},"name":"${name}","at":"${this.#time}",${this.#end}`
    return textOf(head, data, maxBytes)
  }
}

/** @param head the object without its data. */
function textOf(head: string, data: unknown, maxBytes: number): string | undefined {
  const start = `${head.slice(0, -1)},"data":`
  const whole = `${start}${JSON.stringify(data)}}`
  if (fits(whole, maxBytes)) return whole
  const withoutStacks = (key: string, value: unknown) => (key === 'stack' ? undefined : value)
  const short = `${start}${JSON.stringify(data, withoutStacks)}}`
  return fits(short, maxBytes) ? short : undefined
}

/** What came; `undefined` where it is no event, or has a form that this version does not know. */
export function eventOf(message: string): NumberedEvent | undefined {
  const read = parsed(message)
  if (!isRecord(read) || read.v !== VERSION || !isPublishedName(read.name)) return undefined
  const { sequence } = read
  const event = eventField(read.name)(read)
  return event === BAD || typeof sequence !== 'number' ? undefined : { sequence, event }
}

const eventFields = new Map<PublishedEventName, Field<PublishedEvent>>()

function eventField(name: PublishedEventName): Field<PublishedEvent> {
  const known = eventFields.get(name)
  if (known !== undefined) return known
  const made = formOf(name)
  eventFields.set(name, made)
  return made
}

function formOf<Name extends PublishedEventName>(name: Name): Field<PublishedEvent> {
  const form: Field<PublishedEventOf<Name>> = fields<PublishedEventOf<Name>>({
    name: () => name,
    at: date,
    host: text,
    pid: number,
    process: text,
    data: FORMS[name],
  })
  // What is an event of one name is one of those of all names.
  return form as Field<unknown> as Field<PublishedEvent>
}

function fits(message: string, maxBytes: number): boolean {
  return message.length * 3 <= maxBytes || Buffer.byteLength(message) <= maxBytes
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message)
  } catch {
    return undefined
  }
}
