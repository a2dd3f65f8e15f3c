import type { Command } from 'commander'
import type { CommandContext } from '../../context.ts'
import { addGroup } from '../../operate/operation.ts'
import { addPause, addPrune, addRemove, addResume, addRun } from './change.ts'
import { addList, addNext } from './look.ts'

/** `tasq schedules`: what runs at its times. */
export function addSchedulesCommand(program: Command, context: CommandContext): void {
  const group = addGroup(program, 'schedules', 'list schedules; run, pause, resume, remove and prune them')
  for (const add of [addList, addNext, addRun, addPause, addResume, addRemove, addPrune]) add(group, context)
}
