import type { Command } from 'commander'
import type { CommandContext } from '../context.ts'
import { addBenchCommand } from './bench.ts'
import { addCleanupCommand } from './cleanup.ts'
import { addDlqCommand } from './dlq/index.ts'
import { addDoctorCommand } from './doctor.ts'
import { addEnqueueCommand } from './enqueue.ts'
import { addEventsCommand } from './events.ts'
import { addInitCommand } from './init.ts'
import { addMigrateCommand } from './migrate.ts'
import { addQueuesCommand } from './queues/index.ts'
import { addSchedulesCommand } from './schedules/index.ts'
import { addTasksCommand } from './tasks/index.ts'
import { addTopCommand } from './top.ts'
import { addWorkerCommand } from './worker.ts'
import { addWorkersCommand } from './workers/index.ts'

/** Every command, in the order of `tasq --help`. */
export const commands: readonly ((program: Command, context: CommandContext) => void)[] = [
  addInitCommand,
  addWorkerCommand,
  addEnqueueCommand,
  addQueuesCommand,
  addTasksCommand,
  addDlqCommand,
  addSchedulesCommand,
  addWorkersCommand,
  addCleanupCommand,
  addMigrateCommand,
  addDoctorCommand,
  addTopCommand,
  addBenchCommand,
  addEventsCommand,
]
