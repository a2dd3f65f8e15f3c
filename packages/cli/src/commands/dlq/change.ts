import { type DeadLetterSelection, InvalidOptionError, type Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { integer, list, type Rate, rate } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { inFlags } from '../../errors.ts'
import { addConfirmation, type Bulk, type BulkFlags, bulk } from '../../operate/bulk.ts'
import { addLetterFilters, type LetterFlags, selectionOf } from '../../operate/dead-letters.ts'
import { chosenQueues } from '../../operate/known-queues.ts'
import { addOperation, inParts, openBackend } from '../../operate/operation.ts'

interface ChangeFlags extends BulkFlags, LetterFlags {
  readonly ids?: readonly string[]
  readonly limit?: number
  readonly rate?: Rate
}

const STEP = 1_000

/** `tasq dlq retry`. */
export function addRetry(group: Command, context: CommandContext): void {
  addChange(group, 'retry [queue]', 'send dead letters back to their queues, the oldest first')
    .addOption(new Option('--rate <n/time>', 'no faster than this, for example 100/1s').argParser(rate))
    .action(async (queue: string | undefined, flags: ChangeFlags) => {
      await change(queue, flags, context, { verb: 'send back', done: 'sent back' }, retrySome)
    })
}

/** `tasq dlq purge`. */
export function addPurge(group: Command, context: CommandContext): void {
  addChange(group, 'purge [queue]', 'delete dead letters, the oldest first').action(
    async (queue: string | undefined, flags: ChangeFlags) => {
      await change(queue, flags, context, { verb: 'delete', done: 'deleted' }, purgeSome)
    },
  )
}

function addChange(group: Command, usage: string, description: string): Command {
  const command = addLetterFilters(addOperation(group, usage, description))
    .addOption(new Option('--ids <ids>', 'only these, as a comma list').argParser(list))
    .addOption(new Option('--limit <n>', 'at most so many').argParser(integer))
  return addConfirmation(command)
}

/** What is done to up to `most` letters of a queue. */
type Step = (
  tasq: Tasq,
  call: {
    readonly queue: string
    readonly selection: DeadLetterSelection
    readonly most: number
    readonly flags: ChangeFlags
    readonly signal: AbortSignal
    readonly onStep: (done: number) => void
  },
) => Promise<number>

const retrySome: Step = async (tasq, { queue, selection, most, flags, signal, onStep }) => {
  try {
    return await tasq.queue(queue).retryDead({ ...selection, limit: most, rate: flags.rate, signal, onStep })
  } catch (error) {
    throw inFlags(error, flags, { 'rate.tasks': 'rate', 'rate.per': 'rate' })
  }
}

const purgeSome: Step = async (tasq, { queue, selection, most, signal, onStep }) => {
  let done = 0
  while (done < most && !signal.aborted) {
    const step = Math.min(STEP, most - done)
    const deleted = await tasq.queue(queue).deadLetters.purge(selection, step)
    done += deleted
    onStep(done)
    if (deleted < step) break
  }
  return done
}

async function change(
  name: string | undefined,
  flags: ChangeFlags,
  context: CommandContext,
  words: Pick<Bulk, 'verb' | 'done'>,
  step: Step,
): Promise<void> {
  const { limit = Number.POSITIVE_INFINITY, ids } = flags
  if (limit < 1) throw new InvalidOptionError('--limit', limit, 'an integer from 1')
  await using tasq = await openBackend(flags, context)
  const queues = await chosenQueues(tasq, name)
  const selection = { ...selectionOf(flags), ids }
  const counts = await inParts(queues, (queue) => tasq.queue(queue).deadLetters.count(selection, limit))
  const all = Math.min(
    limit,
    counts.reduce((sum, each) => sum + each, 0),
  )
  await bulk(context.terminal, flags, {
    ...words,
    what: (isOne) => whatOf(flags, name, isOne),
    all,
    run: async ({ onStep, signal }) => {
      let done = 0
      for (const [at, queue] of queues.entries()) {
        // What died since the count was not agreed to.
        const most = Math.min(counts[at] ?? 0, all - done)
        if (most === 0 || signal.aborted) continue
        const before = done
        const call = {
          queue,
          selection,
          most,
          flags,
          signal,
          onStep: (more: number) => onStep(before + more),
        }
        done += await step(tasq, call)
      }
      return { done }
    },
  })
}

function whatOf({ task, reason, ids }: ChangeFlags, queue: string | undefined, isOne: boolean): string {
  const parts = [
    ...(ids === undefined ? [] : ['of these']),
    isOne ? 'dead letter' : 'dead letters',
    ...(task === undefined ? [] : [`of '${task}'`]),
    ...(reason === undefined ? [] : [`that died of '${reason}'`]),
    queue === undefined ? 'of all queues' : `of queue ${queue}`,
  ]
  return parts.join(' ')
}
