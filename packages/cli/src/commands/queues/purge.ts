import { type PurgeableState, type QueueHandle, TasqError } from '@tasq/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { list } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { addConfirmation, type BulkFlags, bulk } from '../../operate/bulk.ts'
import { requireQueue } from '../../operate/known-queues.ts'
import { addOperation, openBackend } from '../../operate/operation.ts'

interface PurgeFlags extends BulkFlags {
  readonly states?: readonly PurgeableState[]
}

const STATES: readonly PurgeableState[] = ['ready', 'scheduled', 'completed', 'cancelled']
const STEP = 1_000

/** `tasq queues purge`. */
export function addPurge(group: Command, context: CommandContext): void {
  const command = addOperation(
    group,
    'purge <queue>',
    'delete the tasks of a queue; running ones go on',
  ).addOption(
    new Option(
      '--states <states>',
      `comma list of ${STATES.join(', ')}; the last two forget kept outcomes (default: ready,scheduled)`,
    ).argParser(states),
  )
  addConfirmation(command).action(async (name: string, flags: PurgeFlags) => {
    await using tasq = await openBackend(flags, context)
    await requireQueue(tasq, name)
    const queue = tasq.queue(name)
    const wanted = flags.states ?? ['ready', 'scheduled']
    const all = await matching(queue, wanted)
    await bulk(context.terminal, flags, {
      verb: 'delete',
      done: 'deleted',
      what: (isOne) => `${wanted.join(', ')} ${isOne ? 'task' : 'tasks'} of queue ${name}`,
      all,
      run: async ({ onStep, signal }) => {
        let done = 0
        for (let isMore = true; isMore && !signal.aborted; ) {
          // What came since the count was not agreed to.
          const step = Math.min(STEP, (all ?? Number.POSITIVE_INFINITY) - done)
          const deleted = step === 0 ? 0 : await queue.purge(wanted, step)
          done += deleted
          onStep(done)
          isMore = step > 0 && deleted === step
        }
        return { done }
      },
    })
  })
}

function states(text: string): readonly PurgeableState[] {
  return list(text).map((name) => {
    const found = STATES.find((state) => state === name)
    if (found === undefined)
      throw new InvalidArgumentError(`Use some of ${STATES.join(', ')}, separated by commas.`)
    return found
  })
}

/** How many there are; `undefined` where the backend can't tell. */
async function matching(queue: QueueHandle, wanted: readonly PurgeableState[]): Promise<number | undefined> {
  const { ready, scheduled, finished } = await queue.counts()
  const kept = ['completed', 'cancelled'].filter((state) => wanted.some((each) => each === state))
  const parts = [
    wanted.includes('ready') ? ready : 0,
    wanted.includes('scheduled') ? scheduled : 0,
    kept.length === 0 ? 0 : kept.length === 2 ? finished : await keptOnes(queue, wanted),
  ]
  return parts.reduce((sum, part) => (sum === undefined || part === undefined ? undefined : sum + part), 0)
}

/** A count has both kinds of finished tasks together: one of them must be looked at. */
async function keptOnes(queue: QueueHandle, wanted: readonly PurgeableState[]): Promise<number | undefined> {
  try {
    return await queue.countTasks({ state: wanted.includes('completed') ? 'completed' : 'cancelled' })
  } catch (error) {
    if (TasqError.isInstance(error) && error.code === 'TASQ_UNSUPPORTED') return undefined
    throw error
  }
}
