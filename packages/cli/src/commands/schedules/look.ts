import { InvalidOptionError, type ScheduleSnapshot } from '@tasq/core'
import { type Command, Option } from 'commander'
import { integer } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { requireSchedules } from '../../operate/known-schedules.ts'
import { addOperation, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { ago, count, timeSpan } from '../../output/format.ts'
import { print, printTable } from '../../output/print.ts'
import type { Column } from '../../output/table.ts'

/** `tasq schedules list`, or `tasq schedules` alone. */
export function addList(group: Command, context: CommandContext): void {
  addOperation(group, 'list', 'all schedules of the backend', { isDefault: true }).action(
    async (flags: OperatorFlags) => {
      await using tasq = await openBackend(flags, context)
      const schedules = await tasq.schedules.list()
      const { terminal } = context
      await printTable(terminal, flags, { schedules }, schedules, COLUMNS)
      if (schedules.length === 0)
        terminal.err(
          'There are no schedules. Those in code are there once a worker of their app has started.',
        )
    },
  )
}

interface NextFlags extends OperatorFlags {
  readonly count?: number
}

const MOST = 1_000

/** `tasq schedules next`. */
export function addNext(group: Command, context: CommandContext): void {
  addOperation(group, 'next <id>', 'when a schedule will run; a paused one, if it were resumed now')
    .addOption(new Option('--count <n>', `how many times, up to ${MOST} (default: 5)`).argParser(integer))
    .action(async (id: string, flags: NextFlags) => {
      const { count: wanted = 5 } = flags
      if (wanted < 1 || wanted > MOST) {
        throw new InvalidOptionError('--count', wanted, `an integer from 1 to ${MOST}`)
      }
      await using tasq = await openBackend(flags, context)
      const [{ timezone } = { timezone: undefined }] = await requireSchedules(tasq, [id])
      const next = await tasq.schedules.next(id, wanted)
      print(context.terminal, flags, { id, timezone, next }, () =>
        next.map((date) => `${date.toISOString()}  ${inZone(date, timezone)}  ${ago(date)}`),
      )
      if (next.length === 0) context.terminal.err('It has ended: it will not run again.')
    })
}

/** As the clock on the wall says it where the pattern is meant. */
function inZone(date: Date, timeZone: string | undefined): string {
  return date.toLocaleString('en-GB', { timeZone, timeZoneName: 'short', dateStyle: undefined })
}

const COLUMNS: readonly Column<ScheduleSnapshot>[] = [
  { title: 'id', value: ({ id }) => id, shrinks: true },
  { title: 'task', value: ({ task }) => task, shrinks: true },
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  { title: 'times', value: timesOf },
  {
    title: 'state',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'active' ? undefined : 'yellow'),
  },
  { title: 'next run', value: ({ nextRun }) => (nextRun === undefined ? '' : ago(nextRun)) },
  { title: 'last run', value: ({ lastRun }) => (lastRun === undefined ? 'never' : ago(lastRun.firedAt)) },
  { title: 'runs', value: ({ runs }) => count(runs), align: 'right' },
]

/** `0 3 * * * (Europe/Berlin)`, `every 5m`, an instant. */
function timesOf({ cron, timezone, everyMs, at }: ScheduleSnapshot): string {
  if (cron !== undefined) return `${cron} (${timezone ?? 'UTC'})`
  return everyMs === undefined ? (at?.toISOString() ?? '') : `every ${timeSpan(everyMs)}`
}
