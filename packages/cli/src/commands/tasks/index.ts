import type { Command } from 'commander'
import type { CommandContext } from '../../context.ts'
import { addGroup } from '../../operate/operation.ts'
import { addCancel, addPromote, addRemove, addRetry } from './change.ts'
import { addList } from './list.ts'
import { addShow } from './show.ts'

/** `tasq tasks`: single tasks, and many of them at once. */
export function addTasksCommand(program: Command, context: CommandContext): void {
  const group = addGroup(program, 'tasks', 'list and show tasks; retry, cancel, remove and promote them')
  for (const add of [addList, addShow, addRetry, addCancel, addRemove, addPromote]) add(group, context)
}
