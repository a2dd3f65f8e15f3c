import { type Command, InvalidArgumentError, Option } from 'commander'
import type { CommandContext } from '../context.ts'
import { addOperation, type OperatorFlags, openBackend } from '../operate/operation.ts'
import { count } from '../output/format.ts'
import { print } from '../output/print.ts'

interface CleanupFlags extends OperatorFlags {
  readonly staleSeconds?: number
}

/** `tasq cleanup`: forgets workers that have not told of themselves for long. */
export function addCleanupCommand(program: Command, context: CommandContext): void {
  addOperation(
    program,
    'cleanup [app]',
    'forget workers that have not told of themselves for long, and say how many',
  )
    .addOption(new Option('--stale-seconds <n>', 'for how long (default: 60)').argParser(seconds))
    .action(async (app: string | undefined, given: CleanupFlags) => {
      const flags = app === undefined ? given : { ...given, app }
      await using tasq = await openBackend(flags, context)
      const removed = await tasq.workers.cleanup((flags.staleSeconds ?? 60) * 1_000)
      print(context.terminal, flags, { removed }, () => [forgotten(removed)])
    })
}

function forgotten(workers: number): string {
  if (workers === 0) return 'No worker was forgotten: none has been silent for so long.'
  return `${count(workers)} silent ${workers === 1 ? 'worker' : 'workers'} forgotten`
}

function seconds(text: string): number {
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('Use a number of seconds.')
  return Number(text)
}
