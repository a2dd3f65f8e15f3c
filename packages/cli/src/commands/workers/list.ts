import { resolve } from 'node:path'
import type { PresentWorker } from '@tasq/core'
import { type Command, Option } from 'commander'
import { isFile } from '../../config/modules.ts'
import { near } from '../../config/near.ts'
import type { CommandContext } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { ago, count, timeSpan } from '../../output/format.ts'
import { printTable } from '../../output/print.ts'
import type { Column } from '../../output/table.ts'

interface ListFlags extends OperatorFlags {
  readonly clusterId?: string
}

/** `tasq workers list`, or `tasq workers` alone. */
export function addList(group: Command, context: CommandContext): void {
  addOperation(group, 'list [app]', 'the workers that are there', { isDefault: true })
    .addOption(new Option('--cluster-id <id>', 'only those of this cluster'))
    .action(async (app: string | undefined, given: ListFlags) => {
      if (app !== undefined) refuseTypo(app, group, context)
      const flags = app === undefined ? given : { ...given, app }
      await using tasq = await openBackend(flags, context)
      const workers = await tasq.workers.list({ clusterId: flags.clusterId })
      const { terminal } = context
      await printTable(terminal, flags, { workers }, workers, COLUMNS)
      if (workers.length === 0) terminal.err('There are no workers.')
    })
}

/** `tasq workers puase` asks for a command, and for no app. */
function refuseTypo(app: string, group: Command, { folder }: CommandContext): void {
  const [meant] = near(
    app,
    group.commands.map((command) => command.name()),
  )
  if (meant === undefined || isFile(resolve(folder, app))) return
  throw new UsageError(`unknown command '${app}' (did you mean ${meant}?).`, 'See tasq workers --help.')
}

const COLUMNS: readonly Column<PresentWorker>[] = [
  { title: 'id', value: ({ workerId }) => workerId },
  { title: 'host', value: ({ hostname }) => hostname, shrinks: true },
  { title: 'pid', value: ({ pid }) => String(pid), align: 'right' },
  { title: 'version', value: ({ version }) => version },
  { title: 'queues', value: ({ queues }) => queues.join(', '), shrinks: true },
  {
    title: 'state',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'running' ? 'green' : 'yellow'),
  },
  {
    title: 'active',
    value: ({ activeTasks, concurrency }) => `${activeTasks}/${concurrency}`,
    align: 'right',
  },
  { title: 'processed', value: ({ tasksProcessed }) => count(tasksProcessed), align: 'right' },
  { title: 'failed', value: ({ tasksFailed }) => count(tasksFailed), align: 'right' },
  { title: 'uptime', value: ({ uptimeMs }) => timeSpan(uptimeMs) },
  { title: 'heartbeat', value: ({ heartbeatAt }) => ago(heartbeatAt) },
  { title: 'leader', value: ({ isLeader }) => (isLeader ? 'yes' : '') },
]
