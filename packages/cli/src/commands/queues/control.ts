import type { QueueHandle, QueueLimits } from '@tasq/core'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { duration, integer, type Rate, rate } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { inFlags, UsageError } from '../../errors.ts'
import { requireQueue } from '../../operate/known-queues.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { print } from '../../output/print.ts'
import { limitsOf, stateOf } from './queue-look.ts'

interface ControlFlags extends OperatorFlags {
  readonly new?: boolean
  readonly group?: string
}

interface LimitFlags extends ControlFlags {
  readonly concurrency?: number | 'none'
  readonly rate?: Rate | 'none'
}

/** `tasq queues pause`. */
export function addPause(group: Command, context: CommandContext): void {
  addNew(
    addOperation(group, 'pause <queues...>', 'start nothing of these queues until they are resumed'),
  ).action((queues: readonly string[], flags: ControlFlags) =>
    control(queues, flags, context, (queue) => queue.pause()),
  )
}

/** `tasq queues resume`. */
export function addResume(group: Command, context: CommandContext): void {
  addNew(addOperation(group, 'resume <queues...>', 'end a pause or a hold'))
    .addOption(new Option('--group <name>', 'only the hold of this group of tasks'))
    .action((queues: readonly string[], flags: ControlFlags) =>
      control(queues, flags, context, (queue) => queue.resume({ group: flags.group })),
    )
}

/** `tasq queues hold`. */
export function addHold(group: Command, context: CommandContext): void {
  const command = addOperation(group, 'hold', 'start nothing of a queue for a while')
    .argument('<queue>')
    .argument('<time>', 'for example 10m', duration)
  addNew(command)
    .addOption(new Option('--group <name>', 'only tasks that were enqueued with this group'))
    .action((queue: string, time: ReturnType<typeof duration>, flags: ControlFlags) =>
      control([queue], flags, context, (each) => each.hold(time, { group: flags.group })),
    )
}

/** `tasq queues limit`. */
export function addLimit(group: Command, context: CommandContext): void {
  const command = addOperation(
    group,
    'limit <queue>',
    'what all workers of a queue share; none lifts a limit',
  )
    .addOption(
      new Option('--concurrency <n>', 'most of its tasks that run at the same time').argParser(
        orNone(integer),
      ),
    )
    .addOption(
      new Option('--rate <n/time>', 'most that are started, for example 100/1m').argParser(orNone(rate)),
    )
  addNew(command).action(async (queue: string, flags: LimitFlags) => {
    if (flags.concurrency === undefined && flags.rate === undefined) {
      throw new UsageError('No limit is given.', 'Add --concurrency 5, --rate 100/1m, or none for either.')
    }
    await control([queue], flags, context, (each) => limit(each, flags))
  })
}

function addNew(command: Command): Command {
  return command.addOption(new Option('--new', 'even if nothing is known of the queue yet'))
}

/** What is not said stays as it is. */
async function limit(queue: QueueHandle, flags: LimitFlags): Promise<void> {
  const now = await queue.settings()
  const limits: QueueLimits = {
    concurrency: changed(flags.concurrency, now.concurrency),
    rateLimit: changed(flags.rate, now.rateLimit),
  }
  try {
    await queue.limit(limits)
  } catch (error) {
    throw inFlags(error, flags, {
      concurrency: 'concurrency',
      'rateLimit.tasks': 'rate',
      'rateLimit.per': 'rate',
    })
  }
}

function changed<Limit>(wanted: Limit | 'none' | undefined, now: Limit | undefined): Limit | undefined {
  if (wanted === 'none') return undefined
  return wanted ?? now
}

function orNone<Value>(parse: (text: string) => Value): (text: string) => Value | 'none' {
  return (text) => {
    if (text === 'none') return text
    try {
      return parse(text)
    } catch (error) {
      throw new InvalidArgumentError(
        `${error instanceof Error ? error.message : String(error)} none lifts it.`,
      )
    }
  }
}

/** Does it to each queue, and shows what holds then. */
async function control(
  names: readonly string[],
  flags: ControlFlags,
  context: CommandContext,
  act: (queue: QueueHandle) => Promise<void>,
): Promise<void> {
  await using tasq = await openBackend(flags, context)
  // All of them first: a wrong name stops it before anything was done.
  for (const name of names) if (flags.new !== true) await requireQueue(tasq, name)
  for (const name of names) await act(tasq.queue(name))
  const looks = await tasq.overview({ queues: names })
  const queues = looks.map(({ queue, paused, heldUntil, limits }) => ({ queue, paused, heldUntil, limits }))
  print(context.terminal, flags, { queues }, () =>
    looks.map((look) => `${look.queue}: ${stateOf(look)}, limits: ${limitsOf(look)}`),
  )
}
