import { createHash } from 'node:crypto'
import type { TaskHandle, Tasq } from '@tasq/core'
import type { Driver } from '@tasq/core/driver'
import { type Measurement, measureFile } from '../measure-file.ts'

/**
 * Enqueues a task for each file. The path is the task's unique key, held for a day as its result is: what an interrupted run
 * has enqueued, or even done, is not enqueued again.
 */
export async function enqueueOnce<D extends Driver>(
  tasq: Tasq<D>,
  queue: string,
  paths: readonly string[],
): Promise<readonly TaskHandle<Measurement, D>[]> {
  const inputs = paths.map((path) => ({ path }))
  return await tasq.enqueueMany(measureFile, inputs, ({ path }) => ({
    queue,
    unique: { key: uniqueKey(path), window: '1d' },
  }))
}

/** How many of the tasks an earlier run had enqueued. */
export function knownAmong(handles: readonly Pick<TaskHandle, 'status'>[]): number {
  return handles.filter((handle) => handle.status === 'duplicate').length
}

/** Paths may be longer than a unique key. */
function uniqueKey(path: string): string {
  return createHash('sha256').update(path).digest('hex')
}
