import { type Command, Option } from 'commander'
import { list } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { namelessQueues, requireQueue } from '../../operate/known-queues.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { details } from '../../output/details.ts'
import { print, printTable } from '../../output/print.ts'
import { COLUMNS, lookAt } from './queue-look.ts'

interface ListFlags extends OperatorFlags {
  readonly queues?: readonly string[]
}

/** `tasq queues list`, or `tasq queues` alone. */
export function addList(group: Command, context: CommandContext): void {
  addOperation(group, 'list', 'what is in the queues, and what holds for them', { isDefault: true })
    .addOption(
      new Option('--queues <names>', 'only these, as a comma list; also those that hold nothing').argParser(
        list,
      ),
    )
    .action(async (flags: ListFlags) => {
      await using tasq = await openBackend(flags, context)
      const looks = await tasq.overview({ queues: flags.queues })
      if (looks.length === 0 && tasq.driver.inspection === undefined) {
        throw namelessQueues(tasq, 'Name them: --queues mail,images.')
      }
      const { terminal } = context
      await printTable(terminal, flags, { queues: looks }, looks, COLUMNS)
      if (looks.length === 0) terminal.err('There are no queues: none holds anything.')
    })
}

/** `tasq queues show`. */
export function addShow(group: Command, context: CommandContext): void {
  addOperation(group, 'show <queue>', 'one queue').action(async (name: string, flags: OperatorFlags) => {
    await using tasq = await openBackend(flags, context)
    await requireQueue(tasq, name)
    const look = await lookAt(tasq, name)
    print(context.terminal, flags, look, () =>
      details(
        COLUMNS.map(({ title, value }) => [title, value(look)]),
        context.terminal,
      ),
    )
  })
}
