import type { ScheduleSnapshot, Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { namedApp } from '../../config/app.ts'
import type { CommandContext } from '../../context.ts'
import { UsageError } from '../../errors.ts'
import { requireSchedules } from '../../operate/known-schedules.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { confirm } from '../../output/confirm.ts'
import { print } from '../../output/print.ts'

/** `tasq schedules run`. */
export function addRun(group: Command, context: CommandContext): void {
  addEach(
    group,
    context,
    'run',
    'enqueue their tasks now, once; their times stay as they are',
    async (tasq, { id, task }) => {
      const ref = await tasq.schedules.trigger(id)
      return { id, task, taskId: ref.id, queue: ref.queue }
    },
  )
}

/** `tasq schedules pause`. */
export function addPause(group: Command, context: CommandContext): void {
  addEach(group, context, 'pause', 'no runs until they are resumed', async (tasq, { id }) => {
    return { id, state: (await tasq.schedules.pause(id)).state }
  })
}

/** `tasq schedules resume`. */
export function addResume(group: Command, context: CommandContext): void {
  addEach(group, context, 'resume', 'run again, from the next time on', async (tasq, { id }) => {
    const { state, nextRun } = await tasq.schedules.resume(id)
    return { id, state, nextRun }
  })
}

/** `tasq schedules remove`. */
export function addRemove(group: Command, context: CommandContext): void {
  addEach(group, context, 'remove', 'forget them; their tasks that wait stay', async (tasq, { id }) => {
    return { id, removed: await tasq.schedules.remove(id) }
  })
}

/** What became of a schedule. */
type Change = { readonly id: string } & Readonly<Record<string, string | boolean | Date | undefined>>

/** Does it to each schedule that is named, and says what became of it. */
function addEach(
  group: Command,
  context: CommandContext,
  name: string,
  description: string,
  act: (tasq: Tasq, schedule: ScheduleSnapshot) => Promise<Change>,
): void {
  addOperation(group, `${name} <ids...>`, description).action(
    async (ids: readonly string[], flags: OperatorFlags) => {
      await using tasq = await openBackend(flags, context)
      const schedules: Change[] = []
      for (const schedule of await requireSchedules(tasq, ids)) schedules.push(await act(tasq, schedule))
      print(context.terminal, flags, { schedules }, () => schedules.map(lineOf))
    },
  )
}

function lineOf({ id, ...more }: Change): string {
  const parts = Object.entries(more).flatMap(([name, value]) => {
    if (value === undefined || value === false) return []
    if (value === true) return [name]
    return [`${name} ${value instanceof Date ? value.toISOString() : value}`]
  })
  return `${id}: ${parts.join(', ')}`
}

interface PruneFlags extends OperatorFlags {
  readonly yes?: boolean
  readonly dryRun?: boolean
}

/** `tasq schedules prune`. */
export function addPrune(group: Command, context: CommandContext): void {
  addOperation(
    group,
    'prune',
    'remove schedules that code has declared, and that of the app does not any more',
  )
    .addOption(new Option('--dry-run', 'say which, and change nothing'))
    .addOption(new Option('--yes', 'do it without asking'))
    .action(async (flags: PruneFlags) => {
      if (namedApp(flags) === undefined) {
        throw new UsageError('Only an app says which schedules it declares.', 'Name it: --app ./app.js#tasq.')
      }
      await using tasq = await openBackend(flags, context)
      const ids = await tasq.schedules.prune({ dryRun: true })
      const { terminal } = context
      const what = `remove ${ids.length} schedules (${ids.join(', ')})`
      const isMeant = ids.length > 0 && flags.dryRun !== true
      if (isMeant && !(await confirm(terminal, flags, what))) return
      const removed = isMeant ? await tasq.schedules.prune() : []
      print(terminal, flags, { matching: ids, removed }, () => (isMeant ? removed : ids))
      if (ids.length === 0) terminal.err('There are none to remove.')
    })
}
