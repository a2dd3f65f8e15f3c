import {
  type Codec,
  createTasq,
  defineTask,
  EncodeError,
  type InputIssue,
  type InputOf,
  InvalidInputError,
  InvalidOptionError,
  msgpackCodec,
  type ResultOf,
  rateLimit,
  type TaskContext,
  type TaskDefinition,
} from '@tasq/core'
import type { Envelope } from '@tasq/core/driver'
import { memory } from '@tasq/core/memory'
import { NoResultError } from './errors.ts'
import { recording } from './test-tasq/recording.ts'

/** What the handler finds in its context, where it is not what a first attempt finds there. */
export interface InlineOverrides extends Partial<TaskContext> {
  /** Carries the input to the handler and its result back. @default msgpackCodec */
  readonly codec?: Codec
}

/** The mark of what `snooze()` and `discard()` give; known across copies of the core. */
const OUTCOME = Symbol.for('tasq.handler-outcome')

/**
 * Runs the handler of a definition once, without a queue: the input is checked, encoded, decoded and checked again,
 * as on its way to a worker, and so is the result, as on its way back with `keepResult`.
 *
 * @throws what the handler throws.
 * @throws InvalidInputError where the input or the result does not satisfy its schema.
 * @throws EncodeError where one of them is no plain data.
 * @throws NoResultError where the handler gives `snooze()` or `discard()`.
 * @throws InvalidOptionError where the definition has no handler.
 * @example
 * const { bytes } = await runInline(resizeImage, { path: 'a.png', width: 800 })
 * await expect(runInline(resizeImage, input, { attempt: 3 })).rejects.toThrow('gone')
 */
export async function runInline<Task extends TaskDefinition>(
  task: Task,
  input: InputOf<Task>,
  { codec = msgpackCodec, ...overrides }: InlineOverrides = {},
): Promise<ResultOf<Task>> {
  const { run } = task
  if (run === undefined) throw new InvalidOptionError('task', task.name, 'a definition with a handler')
  const envelope = await envelopeOf(task, input, codec)
  const payload = await check(task, 'input', codec.decode(envelope.payload.bytes))
  // The schema that types the handler has just accepted this input.
  const returned: unknown = await run(payload as never, contextOf(envelope, codec, overrides))
  refuseOutcome(task.name, returned)
  await check(task, 'output', returned)
  const result = await check(task, 'output', throughCodec(task.name, returned, codec))
  // The definition has typed its result by the same schema, or by the handler itself.
  return result as ResultOf<Task>
}

/** The outbound half of the trip is the core's own. */
async function envelopeOf(task: TaskDefinition, input: unknown, codec: Codec): Promise<Envelope> {
  let stored: Envelope | undefined
  const driver = recording(memory(), ({ envelope }) => {
    stored = envelope
  })
  const tasq = createTasq({ driver, codec })
  try {
    await tasq.enqueue(task, input)
  } finally {
    await tasq.close()
  }
  if (stored === undefined) throw new TypeError(`The task '${task.name}' was not stored.`)
  return stored
}

async function check(task: TaskDefinition, side: 'input' | 'output', value: unknown): Promise<unknown> {
  const schema = task[side]
  if (schema === undefined) return value
  const checked = await schema['~standard'].validate(value)
  if (checked.issues === undefined) return checked.value
  const issues = checked.issues.map(
    ({ message, path = [] }): InputIssue => ({
      message,
      path: Array.from(path, (segment) => (typeof segment === 'object' ? segment.key : segment)),
    }),
  )
  throw new InvalidInputError(task.name, side === 'input' ? 'input' : 'result', issues)
}

function throughCodec(task: string, value: unknown, codec: Codec): unknown {
  if (value === undefined) return undefined // it is not stored
  try {
    return codec.decode(codec.encode(value))
  } catch (error) {
    throw new EncodeError(`the result of task '${task}'`, codec.contentType, error)
  }
}

function contextOf(
  { id, task, queue, policy, priority, headers = {} }: Envelope,
  codec: Codec,
  overrides: Partial<TaskContext>,
): TaskContext {
  const { attempt = 1, maxAttempts = policy.maxAttempts } = overrides
  return {
    id,
    task,
    queue,
    attempt,
    maxAttempts,
    isLastAttempt: attempt >= maxAttempts,
    priority,
    headers,
    group: undefined,
    enqueuedAt: new Date(),
    workerId: 'inline',
    signal: new AbortController().signal,
    progress: () => {},
    log: () => {},
    rateLimit,
    enqueue: async (followUp, ...[input]) => {
      if (typeof followUp === 'string') return { id: 'inline', queue: 'default', task: followUp }
      const { name, input: schema, options } = followUp
      const stored = await envelopeOf(defineTask({ ...options, name, input: schema }), input, codec)
      return { id: stored.id, queue: stored.queue, task: stored.task }
    },
    ...overrides,
  }
}

function refuseOutcome(task: string, returned: unknown): void {
  if (typeof returned !== 'object' || returned === null || !(OUTCOME in returned)) return
  if ('delayMs' in returned) throw new NoResultError(task, { delayMs: Number(returned.delayMs) })
  throw new NoResultError(task, { reason: 'reason' in returned ? String(returned.reason) : '' })
}
