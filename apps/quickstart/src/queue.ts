import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { createTasq, type TaskSnapshot, type Tasq } from '@tasq/core'
import { type SqliteDriver, sqlite } from '@tasq/sqlite'
import { type Measurement, measureFile } from './measure-file.ts'
import type { QuickstartOptions } from './options.ts'
import { Summary } from './summary.ts'
import { walk } from './walk.ts'

export type FileQueue = Tasq<SqliteDriver, readonly [typeof measureFile]>

const QUEUE = 'files'
const BATCH = 500
const PAGE = 500

export function openQueue(file: string): FileQueue {
  return createTasq({ driver: sqlite(file), tasks: [measureFile] as const })
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
  { folder, file: own }: Pick<QuickstartOptions, 'folder' | 'file'>,
  interrupt: AbortSignal,
): Promise<Enqueued> {
  const unreadable: string[] = []
  let files = 0
  let known = 0
  let batch: { path: string }[] = []
  const send = async () => {
    const handles = await queue.enqueueMany(measureFile, batch, ({ path }) => ({
      unique: { key: uniqueKey(path), window: '1d' },
    }))
    files += handles.length
    known += handles.filter((handle) => handle.status === 'duplicate').length
    batch = []
  }
  for await (const path of walk(folder, unreadable)) {
    if (interrupt.aborted) break
    if (partsOf(own).includes(path)) continue
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

export async function standingOf(queue: FileQueue): Promise<Standing> {
  const { ready, scheduled, active, finished, dead } = await queue.queue(QUEUE).counts()
  return { open: ready + scheduled + active, done: finished, failed: dead }
}

/** The kept results, added up. */
export async function summarise(queue: FileQueue, folder: string): Promise<Summary> {
  const summary = new Summary(folder)
  for await (const { result } of pages((cursor) =>
    queue.queue(QUEUE).tasks('completed', { limit: PAGE, cursor }),
  )) {
    // The output of the only task in this queue.
    summary.add(result as Measurement)
  }
  return summary
}

export async function failuresOf(queue: FileQueue): Promise<readonly TaskSnapshot[]> {
  const letters: TaskSnapshot[] = []
  const list = pages((cursor) => queue.queue(QUEUE).deadLetters.list({ limit: PAGE, cursor }))
  for await (const letter of list) letters.push(letter)
  return letters
}

/** A run that is complete leaves nothing behind. */
export function removeQueue(file: string): void {
  for (const part of partsOf(file)) rmSync(part, { force: true })
}

/** SQLite keeps a log and its index beside the database. */
function partsOf(file: string): readonly string[] {
  return ['', '-wal', '-shm'].map((suffix) => `${file}${suffix}`)
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
