import { createHash } from 'node:crypto'
import { createTasq, type TaskSnapshot, type Tasq } from '@tasq/core'
import type { Backend, QueueDriver } from './backend.ts'
import { type Measurement, measureFile } from './measure-file.ts'
import type { QuickstartOptions } from './options.ts'
import { Summary } from './summary.ts'
import { walk } from './walk.ts'

/** The app, and the name of the queue that it works on. */
export interface FileQueue {
  readonly tasq: Tasq<QueueDriver, readonly [typeof measureFile]>
  readonly name: string
}

const BATCH = 500
const PAGE = 500

export function openQueue({ driver, queue }: Backend): FileQueue {
  return { tasq: createTasq({ driver: driver(), tasks: [measureFile] as const }), name: queue }
}

export interface Enqueued {
  readonly files: number
  /** Those that an earlier run had enqueued. */
  readonly known: number
  /** Folders that could not be looked into, and why. */
  readonly unreadable: readonly string[]
}

/**
 * Enqueues a task for every file. The path is the task's unique key, held for a day: what an interrupted run
 * has enqueued, or even done, is not enqueued again.
 */
export async function enqueueFolder(
  queue: FileQueue,
  { folder, backend }: Pick<QuickstartOptions, 'folder' | 'backend'>,
  interrupt: AbortSignal,
): Promise<Enqueued> {
  const unreadable: string[] = []
  let files = 0
  let known = 0
  let batch: { path: string }[] = []
  const send = async () => {
    const handles = await queue.tasq.enqueueMany(measureFile, batch, ({ path }) => ({
      queue: queue.name,
      unique: { key: uniqueKey(path), window: '1d' },
    }))
    files += handles.length
    known += handles.filter((handle) => handle.status === 'duplicate').length
    batch = []
  }
  for await (const path of walk(folder, unreadable)) {
    if (interrupt.aborted) break
    if (backend.files.includes(path)) continue
    batch.push({ path })
    if (batch.length === BATCH) await send()
  }
  await send()
  return { files, known, unreadable }
}

export interface Standing {
  readonly open: number
  readonly done: number
  readonly failed: number
}

export async function standingOf({ tasq, name }: FileQueue): Promise<Standing> {
  const { ready, scheduled = 0, active = 0, finished = 0, dead } = await tasq.queue(name).counts()
  return { open: ready + scheduled + active, done: finished, failed: dead }
}

/** The kept results, added up. */
export async function summarise({ tasq, name }: FileQueue, folder: string): Promise<Summary> {
  const summary = new Summary(folder)
  for await (const { result } of pages((cursor) =>
    tasq.queue(name).tasks('completed', { limit: PAGE, cursor }),
  )) {
    // The output of the only task in this queue.
    summary.add(result as Measurement)
  }
  return summary
}

export async function failuresOf({ tasq, name }: FileQueue): Promise<readonly TaskSnapshot[]> {
  const letters: TaskSnapshot[] = []
  const list = pages((cursor) => tasq.queue(name).deadLetters.list({ limit: PAGE, cursor }))
  for await (const letter of list) letters.push(letter)
  return letters
}

/** A run that is complete leaves nothing behind. */
export async function emptyQueue({ tasq, name }: FileQueue): Promise<void> {
  await tasq.queue(name).purge(['completed', 'cancelled'])
  await tasq.queue(name).deadLetters.purge()
}

async function* pages<Item>(
  load: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly cursor?: string | undefined }>,
): AsyncIterable<Item> {
  let cursor: string | undefined
  do {
    const page = await load(cursor)
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}

/** Paths may be longer than a unique key. */
function uniqueKey(path: string): string {
  return createHash('sha256').update(path).digest('hex')
}
