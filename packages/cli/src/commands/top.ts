import { milliseconds } from '@tasq/core/driver'
import { type Command, Option } from 'commander'
import { type AppFlags, addBackendOptions, openApp } from '../config/app.ts'
import { addChannelOption } from '../config/event-flags.ts'
import { duration, list } from '../config/values.ts'
import type { CommandContext } from '../context.ts'
import { inFlags } from '../errors.ts'
import { print } from '../output/print.ts'
import type { Terminal } from '../output/terminal.ts'
import { RecentFailures } from '../top/failures.ts'
import type { LiveTerminal } from '../top/screen.ts'
import { look } from '../top/view.ts'

interface TopFlags extends AppFlags {
  readonly eventsChannel?: string
  readonly interval?: ReturnType<typeof duration>
  readonly queues?: readonly string[]
  readonly once?: boolean
  readonly json?: boolean
}

const FASTEST_MS = 100

/** `tasq top`: what queues and workers do, live. */
export function addTopCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('top')
    .description('show live what queues and workers do; pause and resume queues')
    .addOption(new Option('--interval <time>', 'time between two looks (default: 1s)').argParser(duration))
    .addOption(
      new Option('--queues <names>', 'comma list of queues (default: all that are known)').argParser(list),
    )
    .option('--once', 'look once, print it and end; so it is without a terminal')
    .option('--json', 'look once, and print it as JSON')
  addChannelOption(addBackendOptions(command)).action(async (flags: TopFlags) => {
    const { terminal } = context
    const intervalMs = intervalOf(flags)
    const { eventsChannel: channel, ...appFlags } = flags // here it is for listening
    await using tasq = await openApp(appFlags, context)
    if (flags.once !== true && flags.json !== true && isLive(terminal)) {
      const { Screen } = await import('../top/screen.ts')
      await new Screen({ tasq, terminal, intervalMs, queues: flags.queues, channel }).run()
      return
    }
    const view = await look(tasq, new RecentFailures(tasq), flags.queues)
    const { frame } = await import('../top/frame.ts')
    const endless = { ...terminal, rows: undefined }
    print(terminal, flags, view, () => frame(view, endless))
  })
}

function isLive(terminal: Terminal): terminal is LiveTerminal {
  return terminal.live !== undefined && terminal.keys !== undefined
}

function intervalOf(flags: TopFlags): number {
  try {
    return milliseconds('interval', flags.interval ?? '1s', FASTEST_MS)
  } catch (error) {
    throw inFlags(error, flags, { interval: 'interval' })
  }
}
