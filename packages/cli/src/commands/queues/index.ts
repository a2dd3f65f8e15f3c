import type { Command } from 'commander'
import type { CommandContext } from '../../context.ts'
import { addGroup } from '../../operate/operation.ts'
import { addHold, addLimit, addPause, addResume } from './control.ts'
import { addList, addShow } from './look.ts'
import { addPurge } from './purge.ts'

/** `tasq queues`: what waits in queues, and what holds for them. */
export function addQueuesCommand(program: Command, context: CommandContext): void {
  const group = addGroup(program, 'queues', 'see what waits in queues; pause, hold, limit and purge them')
  for (const add of [addList, addShow, addPause, addResume, addHold, addLimit, addPurge]) add(group, context)
}
