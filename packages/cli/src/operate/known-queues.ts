import type { QueueSettings, Tasq } from '@tasq/core'
import { NotThereError, UsageError } from '../errors.ts'
import { ifSupported } from './operation.ts'

/** Queues that hold something, or that a worker serves; `undefined` where the backend can't tell. */
export async function knownQueues(tasq: Tasq): Promise<readonly string[] | undefined> {
  const filled = await ifSupported(() => tasq.queues())
  if (filled === undefined) return undefined
  const workers = (await ifSupported(() => tasq.workers.list())) ?? []
  return [...new Set([...filled, ...workers.flatMap(({ queues }) => queues)])].sort()
}

/**
 * Refuses a queue of which nothing is known: what is done to a name that was mistyped would have no effect.
 * @throws NotThereError which names those that were probably meant.
 */
export async function requireQueue(tasq: Tasq, name: string): Promise<void> {
  const queue = tasq.queue(name) // a name that is none needs no look
  const known = await knownQueues(tasq)
  if (known === undefined || known.includes(name)) return
  const settings = await ifSupported(() => queue.settings())
  if (settings !== undefined && isSomething(settings)) return
  throw new NotThereError('queue', name, known)
}

/** @throws UsageError where the backend can't tell them. */
export async function allQueues(tasq: Tasq, nextStep: string): Promise<readonly string[]> {
  const queues = await ifSupported(() => tasq.queues())
  if (queues !== undefined) return [...queues].sort()
  throw new UsageError(`The driver '${tasq.driver.name}' can't tell which queues there are.`, nextStep)
}

/** The queues that are meant: the one that is named, or all that hold something. */
export async function chosenQueues(tasq: Tasq, name: string | undefined): Promise<readonly string[]> {
  if (name === undefined) return await allQueues(tasq, 'Name the queue.')
  await requireQueue(tasq, name)
  return [name]
}

function isSomething({ pausedAt, heldUntil, concurrency, rateLimit }: QueueSettings): boolean {
  return [pausedAt, heldUntil, concurrency, rateLimit].some((setting) => setting !== undefined)
}
