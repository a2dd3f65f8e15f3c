import type { Codec, TaskDefinition } from '@tasq/core'
import type { NewTask } from '@tasq/core/driver'

/** A task as it was enqueued, with its input decoded again. */
export interface EnqueuedTask<Input = unknown> {
  readonly id: string
  /** Name of the task definition. */
  readonly task: string
  readonly queue: string
  readonly input: Input
  /** −128 to 127; higher is sooner. */
  readonly priority: number
  /** From option `delay`, in ms. */
  readonly delayMs: number | undefined
  /** From option `runAt`. */
  readonly runAt: Date | undefined
  /** From option `expiresIn`, in ms. */
  readonly expiresInMs: number | undefined
  /** From option `expiresAt`. */
  readonly expiresAt: Date | undefined
  /** From option `unique`. */
  readonly uniqueKey: string | undefined
  /** How long its result is kept, in ms; `undefined` where it is not. */
  readonly keepResultMs: number | undefined
  /** How often it is run at most. */
  readonly maxAttempts: number
  readonly headers: Readonly<Record<string, string>>
}

type Whole =
  | string
  | number
  | bigint
  | boolean
  | symbol
  | null
  | undefined
  | Date
  | Uint8Array
  | readonly unknown[]

/** Some of the properties of an input, at any depth; lists and dates are whole. */
export type PartialInput<Input> = Input extends Whole
  ? Input
  : { readonly [Key in keyof Input]?: PartialInput<Input[Key]> }

/** The definition that stands behind a name, or the definition itself. */
export type Named<Tasks extends readonly TaskDefinition[], Task> = Task extends string
  ? Extract<Tasks[number], { readonly name: Task }>
  : Task

export function toEnqueuedTask(stored: NewTask, codecs: readonly Codec[]): EnqueuedTask {
  const { envelope, delayMs, dueAt, expiresInMs, expiresAt } = stored
  const { id, task, queue, priority, payload, unique, keepResultMs, headers = {}, policy } = envelope
  const codec = codecs.find(({ contentType }) => contentType === payload.encoding)
  return {
    id,
    task,
    queue,
    input: codec?.decode(payload.bytes),
    priority,
    delayMs,
    runAt: dueAt === undefined ? undefined : new Date(dueAt),
    expiresInMs,
    expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt),
    uniqueKey: unique?.key,
    keepResultMs,
    maxAttempts: policy.maxAttempts,
    headers,
  }
}
