import type { CancelAnswer, ChangeAnswer, KnownTask, TaskChange, TaskState, Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { duration, integer } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { inFlags, NoEffectError, UsageError } from '../../errors.ts'
import { addConfirmation, type BulkFlags, bulk } from '../../operate/bulk.ts'
import { knownTask } from '../../operate/find-task.ts'
import { requireQueue } from '../../operate/known-queues.ts'
import { addOperation, openBackend } from '../../operate/operation.ts'
import { count } from '../../output/format.ts'
import { print } from '../../output/print.ts'

interface ChangeFlags extends BulkFlags {
  readonly queue?: string
  readonly state?: TaskState
  readonly task?: string
  readonly olderThan?: ReturnType<typeof duration>
  readonly limit?: number
  readonly reason?: string
}

/** `tasq tasks retry`. */
export function addRetry(group: Command, context: CommandContext): void {
  addOperation(group, 'retry <ids...>', 'send dead tasks back to their queues; many at once: tasq dlq retry')
    .addOption(queueOption())
    .action(async (ids: readonly string[], flags: ChangeFlags) => {
      await changeEach(ids, flags, context, async (task) => ((await task.retry()) ? 'changed' : 'not dead'))
    })
}

/** `tasq tasks cancel`. */
export function addCancel(group: Command, context: CommandContext): void {
  const states: readonly TaskState[] = ['ready', 'scheduled', 'active']
  addChange(
    group,
    context,
    'cancel',
    'cancelled',
    states,
    'end tasks before their time: those of these ids, or many',
  ).addOption(new Option('--reason <text>', 'why, for whoever asks what became of them'))
}

/** `tasq tasks remove`. */
export function addRemove(group: Command, context: CommandContext): void {
  const states: readonly TaskState[] = ['ready', 'scheduled', 'completed', 'cancelled']
  addChange(
    group,
    context,
    'remove',
    'removed',
    states,
    'delete tasks that wait or are over, those of these ids, or many',
  )
}

/** `tasq tasks promote`. */
export function addPromote(group: Command, context: CommandContext): void {
  addChange(
    group,
    context,
    'promote',
    'made ready',
    ['scheduled'],
    'make scheduled tasks ready now, those of these ids, or many',
  )
}

function queueOption(): Option {
  return new Option('--queue <name>', 'their queue (default, with ids: all are looked through)')
}

function addChange(
  group: Command,
  context: CommandContext,
  change: TaskChange,
  done: string,
  states: readonly TaskState[],
  description: string,
): Command {
  const command = addOperation(group, `${change} [ids...]`, description)
    .addOption(queueOption())
    .addOption(
      new Option(
        '--state <state>',
        `many: those in this state${states.length === 1 ? ' (default)' : ''}`,
      ).choices(states),
    )
    .addOption(new Option('--task <name>', 'many: only those of this definition'))
    .addOption(
      new Option('--older-than <time>', 'many: only those that were enqueued longer ago').argParser(duration),
    )
    .addOption(new Option('--limit <n>', 'many: at most so many').argParser(integer))
  return addConfirmation(command).action(async (ids: readonly string[], flags: ChangeFlags) => {
    if (ids.length === 0) return await changeMany(change, done, states, flags, context)
    refuseFilters(flags)
    await changeEach(ids, flags, context, (task) => changeOne(task, change, flags.reason))
  })
}

const FILTERS = {
  state: '--state',
  task: '--task',
  olderThan: '--older-than',
  limit: '--limit',
  dryRun: '--dry-run',
}

function refuseFilters(flags: ChangeFlags): void {
  for (const [key, flag] of Object.entries(FILTERS)) {
    if (flags[key] === undefined) continue
    throw new UsageError(`${flag} has no effect beside ids.`, 'Leave it out, or leave out the ids.')
  }
}

async function changeOne(
  task: KnownTask,
  change: TaskChange,
  reason: string | undefined,
): Promise<CancelAnswer | ChangeAnswer> {
  if (change === 'cancel') return await task.cancel(reason)
  return change === 'remove' ? await task.remove() : await task.promote()
}

/** What says that it was done. */
const DONE: ReadonlySet<string> = new Set(['changed', 'cancelled', 'requested'])

/** @throws NoEffectError where one of them could not be changed; the others are. */
async function changeEach(
  ids: readonly string[],
  flags: ChangeFlags,
  context: CommandContext,
  change: (task: KnownTask) => Promise<string>,
): Promise<void> {
  await using tasq = await openBackend(flags, context)
  const found: KnownTask[] = []
  // All of them first: a wrong id stops it before anything was done.
  for (const id of ids) found.push(await knownTask(tasq, id, flags.queue))
  const tasks: { readonly id: string; readonly queue: string; readonly answer: string }[] = []
  for (const task of found) {
    const { id, queue } = task
    tasks.push({ id, queue, answer: await change(task) })
  }
  print(context.terminal, flags, { tasks }, () =>
    tasks.map(({ id, queue, answer }) => `${id} ${queue} ${answer}`),
  )
  const failed = tasks.filter(({ answer }) => !DONE.has(answer))
  if (failed.length === 0) return
  const list = failed.map(({ id, answer }) => `${id} is ${answer}`).join(', ')
  throw new NoEffectError(
    `${failed.length} of ${tasks.length} could not be changed: ${list}.`,
    'See tasq tasks show.',
  )
}

async function changeMany(
  change: TaskChange,
  changed: string,
  states: readonly TaskState[],
  flags: ChangeFlags,
  context: CommandContext,
): Promise<void> {
  const { queue, task, olderThan, limit } = flags
  const state = flags.state ?? (states.length === 1 ? states[0] : undefined)
  if (queue === undefined || state === undefined) {
    throw new UsageError(
      'It is not said which tasks.',
      `Name their ids, or --queue and --state (${states.join(', ')}); --task and --older-than say more.`,
    )
  }
  await using tasq = await openBackend(flags, context)
  await requireQueue(tasq, queue)
  const selection = { state, task, olderThan }
  const all = await counted(tasq, queue, flags, selection)
  await bulk(context.terminal, flags, {
    verb: change,
    done: changed,
    what: (isOne) => whatOf(selection, queue, isOne),
    all,
    run: async ({ onStep, signal }) => {
      const report = await tasq.queue(queue).changeTasks(change, selection, {
        limit: Math.min(all, limit ?? all), // what came since the count was not agreed to
        reason: flags.reason,
        signal,
        onStep: (soFar) => onStep(soFar.changed + soFar.requested + soFar.missed),
      })
      const { requested, missed } = report
      const remarks = [
        ...(requested > 0 ? [`${count(requested)} that run were asked to end`] : []),
        ...(missed > 0 ? [`${count(missed)} had become something else meanwhile`] : []),
      ]
      const remark = remarks.length === 0 ? undefined : remarks.join('; ')
      return { done: report.changed, taken: report.changed + requested + missed, requested, missed, remark }
    },
  })
}

async function counted(
  tasq: Tasq,
  queue: string,
  flags: ChangeFlags,
  selection: Parameters<ReturnType<Tasq['queue']>['countTasks']>[0],
): Promise<number> {
  const { limit } = flags
  if (limit !== undefined && limit < 1)
    throw new UsageError("--limit can't be less than 1.", 'Use an integer from 1.')
  try {
    return await tasq.queue(queue).countTasks(selection, { limit })
  } catch (error) {
    throw inFlags(error, flags, { olderThan: 'olderThan' })
  }
}

function whatOf(
  { state, task, olderThan }: { state: string; task?: string | undefined; olderThan?: unknown },
  queue: string,
  isOne: boolean,
): string {
  const parts = [
    `${state} ${isOne ? 'task' : 'tasks'}`,
    ...(task === undefined ? [] : [`'${task}'`]),
    `of queue ${queue}`,
    ...(olderThan === undefined ? [] : [`enqueued more than ${String(olderThan)} ago`]),
  ]
  return parts.join(' ')
}
