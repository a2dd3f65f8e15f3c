import type { Tasq } from '@tasq/core'
import { NotThereError, UsageError } from '../errors.ts'
import { ifSupported } from './operation.ts'

/**
 * Refuses a queue of which nothing is known: it holds nothing, no worker serves it, no definition names it, and nothing is set for it. What
 * is done to a name that was mistyped would have no effect. Where the backend can't tell which queues there are, all are taken.
 * @throws NotThereError which names those that were probably meant.
 */
export async function requireQueue(tasq: Tasq, name: string): Promise<void> {
  tasq.queue(name) // a name that is none needs no look
  if (tasq.driver.inspection === undefined) return
  const known = (await tasq.overview()).map(({ queue }) => queue)
  if (!known.includes(name)) throw new NotThereError('queue', name, known)
}

/** The queues that are meant: the one that is named, or all that hold something. */
export async function chosenQueues(tasq: Tasq, name: string | undefined): Promise<readonly string[]> {
  if (name === undefined) return await allQueues(tasq, 'Name the queue.')
  await requireQueue(tasq, name)
  return [name]
}

/** All queues that hold something. @throws UsageError where the backend can't tell them. */
export async function allQueues(tasq: Tasq, nextStep: string): Promise<readonly string[]> {
  const queues = await ifSupported(() => tasq.queues())
  if (queues === undefined) throw namelessQueues(tasq, nextStep)
  return [...queues].sort()
}

export function namelessQueues({ driver }: Tasq, nextStep: string): UsageError {
  return new UsageError(`The driver '${driver.name}' can't tell which queues there are.`, nextStep)
}
