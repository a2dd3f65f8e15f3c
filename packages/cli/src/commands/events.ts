import type { EventSubscription, PublishedEvent, PublishedEventName, Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { type AppFlags, addBackendOptions, openApp } from '../config/app.ts'
import { addChannelOption, carriesNothing } from '../config/event-flags.ts'
import { eventNames } from '../config/event-names.ts'
import { list } from '../config/values.ts'
import type { CommandContext } from '../context.ts'
import { inFlags } from '../errors.ts'
import { eventLine, missedLine } from '../output/event-line.ts'
import { print } from '../output/print.ts'
import type { Terminal } from '../output/terminal.ts'

/** Its `tasks` are names, and no modules. */
interface EventsFlags extends AppFlags {
  readonly names?: readonly PublishedEventName[]
  readonly queues?: readonly string[]
  readonly json?: boolean
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** `tasq events`: shows what processes publish, as it happens. */
export function addEventsCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('events')
    .description('show what happens to tasks and workers, as it happens, until SIGINT or SIGTERM')
    .addOption(
      new Option('--names <names>', 'only these, for example task:failed,worker:*').argParser(eventNames),
    )
    .addOption(new Option('--queues <names>', 'only of these queues').argParser(list))
    .addOption(new Option('--tasks <names>', 'only of tasks of these names').argParser(list))
    .option('--json', 'print each event as one line of JSON')
  addChannelOption(addBackendOptions(command)).action(async (flags: EventsFlags) => {
    const { eventsChannel, tasks: _, ...appFlags } = flags
    await using tasq = await openApp(appFlags, context)
    await using subscription = await subscribe(tasq, flags, context.terminal)
    context.terminal.err(
      `listening to ${eventsChannel ?? 'what is published'}, by ${tasq.driver.name}; Ctrl-C ends it`,
    )
    await toldToEnd()
    if (subscription.skipped > 0) {
      context.terminal.err(`${subscription.skipped} messages were no events, or of a newer version of Tasq`)
    }
  })
}

async function subscribe(tasq: Tasq, flags: EventsFlags, terminal: Terminal): Promise<EventSubscription> {
  const show = (event: PublishedEvent) => print(terminal, flags, event, () => [eventLine(event, terminal)])
  const { names = 'all', queues, tasks, eventsChannel: channel } = flags
  try {
    return await tasq.events.subscribe(names, show, {
      queues,
      tasks,
      channel,
      onMissed: (missed) => terminal.err(missedLine(missed)),
    })
  } catch (error) {
    throw inFlags(flags.app === undefined ? carriesNothing(error) : error, flags, {
      channel: 'eventsChannel',
    })
  }
}

/** By a signal, or because nobody reads any more what it writes. */
async function toldToEnd(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const end = () => resolve()
  for (const signal of SIGNALS) process.on(signal, end)
  process.stdout.on('error', end)
  process.once('disconnect', end)
  // Listeners alone do not keep a process alive whose app has no connection just then.
  const timer = setInterval(() => undefined, 60_000)
  await promise
  clearInterval(timer)
  for (const signal of SIGNALS) process.off(signal, end)
  process.stdout.off('error', end)
  process.off('disconnect', end)
}
