import type { TaskState } from '@tasq/core'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../context.ts'
import { requireQueue } from '../../operate/known-queues.ts'
import { addOperation, openBackend } from '../../operate/operation.ts'
import { addPaging, type PageFlags, printPages } from '../../operate/task-pages.ts'
import { TASK_COLUMNS } from '../../operate/task-rows.ts'

/** In the order in which a list without `--state` shows them. */
export const STATES: readonly (TaskState | 'dead')[] = [
  'active',
  'ready',
  'scheduled',
  'dead',
  'completed',
  'cancelled',
]

interface ListFlags extends PageFlags {
  readonly state?: TaskState | 'dead'
  readonly task?: string
}

/** `tasq tasks list`. */
export function addList(group: Command, context: CommandContext): void {
  const command = addOperation(group, 'list <queue>', 'the tasks of a queue')
    .addOption(new Option('--state <state>', 'only those in this state').choices(STATES))
    .addOption(new Option('--task <name>', 'only those of this definition'))
  addPaging(command).action(async (queue: string, flags: ListFlags) => {
    await using tasq = await openBackend(flags, context)
    await requireQueue(tasq, queue)
    const states = flags.state === undefined ? STATES : [flags.state]
    const lists = states.map((state) => ({ queue, state }))
    await printPages(tasq, lists, { task: flags.task }, flags, TASK_COLUMNS, context.terminal)
  })
}
