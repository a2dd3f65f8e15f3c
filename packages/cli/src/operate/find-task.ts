import type { KnownTask, TaskSnapshot, TaskState, Tasq } from '@tasq/core'
import { NotThereError } from '../errors.ts'
import { chosenQueues } from './known-queues.ts'
import { ifSupported, inParts } from './operation.ts'

/** A task, and what is known of it. */
export interface FoundTask {
  readonly task: KnownTask
  readonly snapshot: TaskSnapshot
}

/**
 * A task by its id, in this queue, or in whichever has it.
 * @throws NotThereError which names ids that are nearly it.
 */
export async function findTask(tasq: Tasq, id: string, queue: string | undefined): Promise<FoundTask> {
  const queues = await chosenQueues(tasq, queue)
  const found = await inParts(queues, async (name) => {
    const task = tasq.queue(name).task(id)
    const snapshot = await task.inspect()
    return snapshot === undefined ? [] : [{ task, snapshot }]
  })
  const [first] = found.flat()
  if (first === undefined) throw new NotThereError('task', id, await someIds(tasq, queues))
  return first
}

/**
 * The same for whoever only acts on it: where tasks can't be looked at, its queue must be named.
 * @throws NotThereError, UnsupportedError
 */
export async function knownTask(tasq: Tasq, id: string, queue: string | undefined): Promise<KnownTask> {
  if (queue === undefined) return (await findTask(tasq, id, queue)).task
  const found = await ifSupported(() => findTask(tasq, id, queue))
  return found?.task ?? tasq.queue(queue).task(id)
}

const STATES: readonly TaskState[] = ['active', 'ready', 'scheduled', 'completed', 'cancelled']
/** How many ids are looked at for one that was nearly typed; more than these few are of no use in a message. */
const LOOK = 20

/** Ids that somebody may have meant. */
async function someIds(tasq: Tasq, queues: readonly string[]): Promise<readonly string[]> {
  const found = await inParts(queues.slice(0, LOOK), async (name) => {
    const queue = tasq.queue(name)
    const pages = await Promise.all([
      ...STATES.map((state) => queue.tasks(state, { limit: LOOK })),
      queue.deadLetters.list({ limit: LOOK }),
    ])
    return pages.flatMap(({ items }) => items.map(({ id }) => id))
  })
  return found.flat()
}
