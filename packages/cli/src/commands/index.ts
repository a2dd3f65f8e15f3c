import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { addBenchCommand } from './bench.ts'
import { addEnqueueCommand } from './enqueue.ts'
import { addEventsCommand } from './events.ts'
import { addInitCommand } from './init.ts'
import { addWorkerCommand } from './worker.ts'

/** Every command, in the order of `tasq --help`. */
export const commands: readonly ((program: Command, context: CommandContext) => void)[] = [
  addInitCommand,
  addWorkerCommand,
  addEnqueueCommand,
  addBenchCommand,
  addEventsCommand,
]
