import { type Command, Option } from 'commander'
import type { CommandContext } from '../../context.ts'
import { findTask } from '../../operate/find-task.ts'
import { addOperation, ifSupported, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { taskDetails } from '../../operate/task-details.ts'
import { print } from '../../output/print.ts'

interface ShowFlags extends OperatorFlags {
  readonly queue?: string
}

/** `tasq tasks show`. */
export function addShow(group: Command, context: CommandContext): void {
  addOperation(group, 'show <id>', 'all that is known of a task; with --verbose, the stacks of its errors')
    .addOption(new Option('--queue <name>', 'its queue (default: all are looked through)'))
    .action(async (id: string, flags: ShowFlags, command: Command) => {
      await using tasq = await openBackend(flags, context)
      const { task, snapshot } = await findTask(tasq, id, flags.queue)
      const progress = await ifSupported(() => task.progress())
      const isVerbose = command.optsWithGlobals()['verbose'] === true
      print(context.terminal, flags, { ...snapshot, progress }, () =>
        taskDetails(snapshot, progress, isVerbose, context.terminal),
      )
    })
}
