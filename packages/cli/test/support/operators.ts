import { join } from 'node:path'
import { createTasq, defineTask, type TaskSnapshot } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { expect, onTestFinished } from 'vitest'
import { type Backend, die, onFile } from './backends.ts'
import { leavesOf } from './flags.ts'
import { tasqIn } from './run.ts'

/** The commands of operators. */
export const GROUPS = ['queues', 'tasks', 'dlq', 'schedules', 'workers', 'cleanup', 'migrate'] as const

/** `queues list`, `queues show`, … */
export const LEAVES: readonly string[] = GROUPS.flatMap(leavesOf).map((path) => path.join(' '))

export const note = defineTask({ name: 'note', queue: 'mail' })
const quick = defineTask({ name: 'quick', queue: 'mail' })
const send = defineTask({ name: 'send' })
const print = defineTask({ name: 'print' })

/** A backend in which there is something of everything. */
export interface Place extends Backend {
  /** Ids of tasks. */
  readonly ready: readonly string[]
  readonly scheduled: readonly string[]
  readonly dead: readonly TaskSnapshot[]
}

/**
 * In queue `mail`: 3 ready of `note` and one of `quick`, 2 scheduled, dead ones of `send` (2, exhausted) and `print` (1, permanent). In
 * queue `other`: one ready. And a schedule, `nightly`.
 */
export async function filled(): Promise<Place> {
  const backend = await onFile.make()
  const { app } = backend
  await die(backend, send, 2, { queue: 'mail' })
  await die(backend, print, 1, { queue: 'mail', reason: 'permanent', message: () => 'out of paper' })
  const notes = await app.enqueueMany(note, Array(3).fill(undefined))
  await app.enqueue(quick, undefined)
  const later = await app.enqueueMany(note, Array(2).fill(undefined), { delay: '1h' })
  await app.enqueue(note, undefined, { queue: 'other' })
  await app.schedules.set({ id: 'nightly', task: note, cron: '0 3 * * *' })
  return {
    ...backend,
    ready: notes.map(({ id }) => id),
    scheduled: later.map(({ id }) => id),
    dead: (await app.queue('mail').deadLetters.list()).items,
  }
}

/** A worker on that backend, in this process. */
export async function worker({ folder }: Backend, workerId: string, clusterId = 'default'): Promise<void> {
  const hold = defineTask({
    name: 'hold',
    queue: 'held',
    run: (_: undefined, { signal }) =>
      new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  })
  const app = createTasq({ driver: sqlite(join(folder, 'tasq.db')), tasks: [hold] })
  const started = app.worker({ workerId, clusterId, shutdownTimeout: '5m' })
  onTestFinished(async () => {
    await started.stop({ timeout: 0 })
    await app.close()
  })
  await started.start()
  await expect.poll(() => app.workers.get(workerId)).toMatchObject({ state: 'running' })
}

/** Runs a command line in this process; gives what it prints as JSON, line by line. */
export async function json(
  { folder }: Pick<Backend, 'folder'>,
  line: string,
  ...more: readonly string[]
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const { code, out, err } = await tasqIn({}, folder, ...line.split(' '), ...more, '--json')
  expect(code, err).toBe(0)
  return out.map((text) => JSON.parse(text))
}
