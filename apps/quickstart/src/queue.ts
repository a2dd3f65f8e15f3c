import { createTasq, type Tasq } from '@tasq/core'
import type { Backend } from './backend.ts'
import type { QuickstartOptions } from './options.ts'
import { AwaitedOutcomes } from './outcomes/awaited.ts'
import { ListedOutcomes } from './outcomes/listed.ts'
import type { Outcomes } from './outcomes/outcomes.ts'
import { ToldOutcomes } from './outcomes/told.ts'
import { walk } from './walk.ts'

/** The app, and how it is known what became of the files. */
export interface FileQueue {
  readonly tasq: Tasq
  readonly outcomes: Outcomes
}

const BATCH = 500

export function openQueue({ driver, store, queue }: Backend, interrupt: AbortSignal): FileQueue {
  if (store !== undefined) {
    const mixed = createTasq({ driver: driver(), store: store() })
    return { tasq: mixed, outcomes: new AwaitedOutcomes(mixed, queue, interrupt) }
  }
  const tasq = createTasq({ driver: driver() })
  const canList = tasq.driver.inspection !== undefined
  return { tasq, outcomes: canList ? new ListedOutcomes(tasq, queue) : new ToldOutcomes(tasq, queue) }
}

export interface Enqueued {
  readonly files: number
  /** Those that an earlier run had enqueued. */
  readonly known: number
  /** Folders that could not be looked into, and why. */
  readonly unreadable: readonly string[]
}

/** Enqueues a task for every file. */
export async function enqueueFolder(
  { outcomes }: FileQueue,
  { folder, backend }: Pick<QuickstartOptions, 'folder' | 'backend'>,
  interrupt: AbortSignal,
): Promise<Enqueued> {
  const unreadable: string[] = []
  let files = 0
  let known = 0
  let batch: string[] = []
  const send = async () => {
    known += await outcomes.enqueue(batch)
    files += batch.length
    batch = []
  }
  for await (const path of walk(folder, unreadable)) {
    if (interrupt.aborted) break
    if (backend.files.includes(path)) continue
    batch.push(path)
    if (batch.length === BATCH) await send()
  }
  await send()
  return { files, known, unreadable }
}
