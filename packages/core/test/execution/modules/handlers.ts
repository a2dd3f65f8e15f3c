import { threadId } from 'node:worker_threads'
// From where they are, and not by the door: every process that a test starts has to read what is imported here.
import { PermanentError } from '../../../src/errors.ts'
import type { TaskContext } from '../../../src/task/context.ts'
import { discard, snooze } from '../../../src/task/outcomes.ts'

// What the tests run in threads and processes.

/** Where it runs. */
export const where = () => ({ pid: process.pid, threadId })

/** Plain data comes and goes as it is. */
export const echo = (input: unknown) => input

export const backwards = (bytes: Uint8Array) => bytes.toReversed()

export function tells({ steps }: { steps: number }, context: TaskContext) {
  const { progress, log } = context
  for (let step = 1; step <= steps; step++) progress({ step })
  log('told', { steps })
  const { id, task, queue, attempt, maxAttempts, isLastAttempt, priority, headers, enqueuedAt, workerId } =
    context
  return { id, task, queue, attempt, maxAttempts, isLastAttempt, priority, headers, enqueuedAt, workerId }
}

export class HttpError extends Error {
  readonly status = 503
}

class BrokenCard extends PermanentError {}

export function fails(how: 'http' | 'permanent' | 'text' | 'cause') {
  switch (how) {
    case 'http':
      throw new HttpError('no answer')
    case 'permanent':
      throw new BrokenCard('the card is broken')
    case 'text':
      throw 'just text'
    case 'cause':
      throw new TypeError('outer', { cause: Object.assign(new RangeError('inner'), { code: 'E_INNER' }) })
  }
}

export function ends(how: 'snooze' | 'discard' | 'limit' | 'limit-group', { group, rateLimit }: TaskContext) {
  if (how === 'limit-group') return rateLimit('1h', { group })
  if (how === 'limit') return rateLimit('1h')
  return how === 'snooze' ? snooze('1h') : discard('no longer wanted')
}

/** Wants a task done after it, and gives its id; then it fails where it is told to. */
export async function follows(how: 'well' | 'fails' | 'unknown' | 'unsendable', { enqueue }: TaskContext) {
  if (how === 'unknown') await enqueue('nobody-knows', 1)
  if (how === 'unsendable') await enqueue('echo', () => 1)
  const { id } = await enqueue('echo', 'after', { queue: 'after' })
  if (how === 'fails') throw new Error('failed after all')
  return id
}

export const unsendable = () => ({ call: () => 1 })

export function spins(): never {
  for (;;);
}

/** Heeds its signal, and says for what reason. */
export const heeds = (_: unknown, { signal, log }: TaskContext) =>
  new Promise((_resolve, reject) => {
    log('waits', { pid: process.pid })
    signal.addEventListener('abort', () => {
      log('aborted', { code: signal.reason.code, name: signal.reason.constructor.name })
      reject(signal.reason)
    })
  })

/** Says where it is, and stays there whatever its signal says. */
export const deaf = (_: unknown, { log }: TaskContext) => {
  log('waits', { pid: process.pid })
  return new Promise(() => setInterval(() => {}, 1_000))
}

/** Ends the process or thread that it runs in. */
export function dies(how: 'kill' | 'exit' | 'uncaught') {
  if (how === 'kill') process.kill(process.pid, 'SIGKILL')
  if (how === 'exit') process.exit(3)
  setImmediate(() => {
    throw new Error('nobody catches this')
  })
  return new Promise(() => {})
}

const kept: unknown[] = []

/** Takes so many bytes for good. */
export function grows(megabytes: number) {
  for (let n = 0; n < megabytes; n++) kept.push(new Uint8Array(1_048_576).fill(1))
  return where()
}

export const notAHandler = 42
