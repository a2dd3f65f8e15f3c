import type { Lease, NewTask, Settlement } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { storeArguments } from './new-tasks.ts'
import { type Argument, type Reply, scripts } from './scripts.ts'

/** So many tasks stand in one list of a script. */
const MOST_IN_A_LIST = 500

/** Tasks of one queue that follow from one task. */
interface FollowUps {
  readonly queue: string
  readonly parent: Lease
  /** The place of the parent among all that the script settles, from 1. */
  readonly place: number
  /** Which of the parent's lists it is. */
  readonly number: number
  readonly tasks: readonly NewTask[]
}

/** How many tasks follow from a settlement. */
export function followUpsOf(settlement: Settlement | undefined): readonly NewTask[] {
  return (settlement?.kind === 'complete' ? settlement.followUps : undefined) ?? []
}

/**
 * Settles tasks of one queue from which others follow, in one script. A cluster's scripts can't reach other queues: there, follow-ups of
 * these are stored before, under a receipt that belongs to the lease, and only for tasks that are held just then.
 * @param completed in the order in which the groups have them.
 * @param outcomes see lua/complete-followed.lua.
 */
export async function completeFollowed(
  backend: Backend,
  queue: string,
  completed: readonly (Settlement | undefined)[],
  outcomes: Buffer,
  groups: readonly Argument[],
): Promise<Reply> {
  const lists = completed.flatMap(listsOf)
  for (const name of new Set(lists.map((list) => list.queue))) {
    if (backend.mustNote(name)) await backend.note(name)
  }
  const isWithin = (list: FollowUps) => !backend.isCluster || list.queue === queue
  const elsewhere = lists.filter((list) => !isWithin(list))
  if (elsewhere.length > 0) await storeOfHeld(backend, queue, elsewhere, groups)
  const within = lists.filter(isWithin)
  const queues = [...new Set([queue, ...within.map((list) => list.queue)])]
  const args = within.flatMap((list) => [
    queues.indexOf(list.queue) + 1,
    list.place,
    ...storeArguments(list.tasks),
  ])
  const head = [backend.keys.finished, queue, outcomes, within.length]
  return await backend.runOver(scripts.completeFollowed, queues, [...head, ...args, ...groups])
}

function listsOf(settlement: Settlement | undefined, index: number): readonly FollowUps[] {
  if (settlement === undefined) return []
  const lists: FollowUps[] = []
  const byQueue = Map.groupBy(followUpsOf(settlement), ({ envelope }) => envelope.queue)
  for (const [queue, all] of byQueue) {
    for (let start = 0; start < all.length; start += MOST_IN_A_LIST) {
      const tasks = all.slice(start, start + MOST_IN_A_LIST)
      lists.push({ queue, parent: settlement.lease, place: index + 1, number: lists.length, tasks })
    }
  }
  return lists
}

async function storeOfHeld(
  backend: Backend,
  queue: string,
  lists: readonly FollowUps[],
  groups: readonly Argument[],
): Promise<void> {
  const reply = await backend.run(scripts.held, queue, groups)
  const letters = Buffer.isBuffer(reply) ? reply.toString('latin1') : undefined
  const ofHeld = lists.filter(({ place }) => letters === undefined || letters[place - 1] === 's')
  // Whatever fails, the others must have come to their end when the call is repeated.
  const outcomes = await Promise.allSettled(ofHeld.map((list) => storeOnce(backend, list)))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}

async function storeOnce(backend: Backend, { queue, parent, number, tasks }: FollowUps): Promise<void> {
  const callId = `${parent.token}/${parent.queue}/${parent.id}/${number}`
  const { receipt, bit, answers } = backend.keys.queue(queue).receipt(callId)
  await backend.run(scripts.storeFollowUps, queue, [bit, ...storeArguments(tasks)], [answers, receipt])
}
