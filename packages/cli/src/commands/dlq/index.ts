import type { Command } from 'commander'
import type { CommandContext } from '../../context.ts'
import { addGroup } from '../../operate/operation.ts'
import { addPurge, addRetry } from './change.ts'
import { addErrors } from './errors.ts'
import { addList, addShow } from './look.ts'

/** `tasq dlq`: the tasks that were given up. */
export function addDlqCommand(program: Command, context: CommandContext): void {
  const group = addGroup(program, 'dlq', 'the dead letters: list, group, show, retry and purge them')
  for (const add of [addList, addErrors, addShow, addRetry, addPurge]) add(group, context)
}
