import type { Command } from 'commander'
import type { CommandContext } from '../../context.ts'
import { addGroup } from '../../operate/operation.ts'
import { addList } from './list.ts'
import { addPause, addResume, addSetConcurrency, addStop } from './orders.ts'

/** `tasq workers`: those of all processes, and orders to them. */
export function addWorkersCommand(program: Command, context: CommandContext): void {
  const group = addGroup(program, 'workers', 'list the workers of all processes; pause, resume and stop them')
  for (const add of [addList, addPause, addResume, addStop, addSetConcurrency]) add(group, context)
}
