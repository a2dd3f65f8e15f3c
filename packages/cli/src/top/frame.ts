import type { PresentWorker, QueueOverview } from '@tasq/core'
import truncate from 'cli-truncate'
import { count, rate, timeSpan } from '../output/format.ts'
import { type Column, table } from '../output/table.ts'
import { paint, type Terminal } from '../output/terminal.ts'
import type { SeenFailure } from './failures.ts'
import type { Selection } from './selection.ts'
import type { View } from './view.ts'

/** Lines that are no rows of a table: title, keys, three heads of tables, what stands between, and that of the cursor. */
const OTHER_LINES = 10
const LEAST_ROWS = 1

/** What the screen shows beside the view. */
export interface FrameState {
  /** Absent where nobody can choose. */
  readonly selection?: Selection | undefined
  /** What went wrong, or was done. */
  readonly message?: string | undefined
}

/** The lines of the screen, no wider and no higher than the terminal. */
export function frame(view: View, terminal: Terminal, state: FrameState = {}): readonly string[] {
  const room = roomFor(view, terminal.rows)
  const queues = around(view.queues, room.queues, state.selection?.queue)
  const sections = [
    [paint(terminal, 'bold', titleOf(view))],
    view.queues.length === 0
      ? ['No queue is known. Brokers do not tell theirs: name some by --queues.']
      : [...table(queues, queueColumns(state.selection), terminal), ...rest(view.queues, queues)],
    view.workers === undefined || view.workers.length === 0
      ? []
      : tableOf(view.workers, room.workers, workerColumns, terminal),
    view.failures.length === 0 ? [] : tableOf(view.failures, room.failures, failureColumns, terminal),
    state.selection === undefined ? [] : [footerOf(state)],
  ]
  const lines = sections.filter(({ length }) => length > 0).flatMap((lines) => ['', ...lines])
  // A table may be as narrow as it can be, and still be too wide.
  return lines.slice(1).map((line) => cut(line, terminal))
}

interface Room {
  readonly queues: number
  readonly workers: number
  readonly failures: number
}

/** Shares out the height: queues first, then workers, what is left to failures. */
function roomFor({ queues, workers = [] }: View, height: number | undefined): Room {
  if (height === undefined)
    return { queues: queues.length, workers: workers.length, failures: Number.POSITIVE_INFINITY }
  const rows = Math.max(3 * LEAST_ROWS, height - OTHER_LINES)
  const forQueues = Math.max(LEAST_ROWS, Math.min(queues.length, Math.ceil(rows / 2)))
  const forWorkers = Math.max(LEAST_ROWS, Math.min(workers.length, Math.ceil((rows - forQueues) / 2)))
  const forRest = forQueues < queues.length ? 1 : 0
  return {
    queues: forQueues,
    workers: forWorkers,
    failures: Math.max(LEAST_ROWS, rows - forQueues - forWorkers - forRest),
  }
}

/** So many queues, the chosen one among them. */
function around(queues: readonly QueueOverview[], most: number, chosen: string | undefined) {
  const at = Math.max(
    0,
    queues.findIndex(({ queue }) => queue === chosen),
  )
  const from = Math.max(0, Math.min(at - Math.floor(most / 2), queues.length - most))
  return queues.slice(from, from + most)
}

function rest(all: readonly QueueOverview[], shown: readonly QueueOverview[]): readonly string[] {
  return shown.length < all.length ? [`… ${all.length - shown.length} more`] : []
}

function tableOf<Row>(
  rows: readonly Row[],
  most: number,
  columns: readonly Column<Row>[],
  terminal: Terminal,
): readonly string[] {
  return table(rows.slice(0, most), columns, terminal)
}

function titleOf({ driver, queues, workers, at }: View): string {
  const present = workers === undefined ? '' : `, ${plural(workers.length, 'worker')}`
  return `${driver}: ${plural(queues.length, 'queue')}${present}   ${timeOf(at)}`
}

function footerOf({ selection, message }: FrameState): string {
  const asked = selection?.asked
  if (asked !== undefined) return `${asked.kind} queue ${asked.queue}? y: yes, any other key: no`
  const keys = 'q: quit   ↑ ↓: select   p: pause or resume'
  return message === undefined ? keys : `${keys}   ${message}`
}

function queueColumns(selection: Selection | undefined): readonly Column<QueueOverview>[] {
  const mark = (queue: string) => (queue === selection?.queue ? '› ' : '  ')
  return [
    {
      title: selection === undefined ? 'queue' : '  queue',
      value: ({ queue }) => (selection === undefined ? queue : mark(queue) + queue),
      shrinks: true,
      style: ({ queue }) => (queue === selection?.queue ? 'cyan' : undefined),
    },
    number('ready', ({ counts }) => counts.ready),
    number('sched', ({ counts }) => counts.scheduled),
    number('active', ({ counts }) => counts.active),
    {
      ...number('dead', ({ counts }: QueueOverview) => counts.dead),
      style: ({ counts }) => (counts.dead > 0 ? 'red' : undefined),
    },
    {
      title: 'oldest',
      value: ({ oldestReadyMs }) => (oldestReadyMs === undefined ? '' : timeSpan(oldestReadyMs)),
      align: 'right',
    },
    { title: '/min', value: ({ perMinute }) => rate(perMinute), align: 'right' },
    { title: 'failed', value: ({ failedPerMinute }) => rate(failedPerMinute), align: 'right' },
    number('workers', ({ workers }) => workers),
    { title: '', value: stateOf, style: (row) => (stateOf(row) === '' ? undefined : 'yellow') },
  ]
}

const workerColumns: readonly Column<PresentWorker>[] = [
  { title: 'worker', value: ({ workerId }) => workerId, shrinks: true },
  { title: 'host', value: ({ hostname, pid }) => `${hostname}:${pid}`, shrinks: true },
  { title: 'state', value: ({ state }) => state },
  {
    title: 'running',
    value: ({ activeTasks, concurrency }) => `${count(activeTasks)}/${count(concurrency)}`,
    align: 'right',
  },
  number('done', ({ tasksProcessed }) => tasksProcessed),
  number('failed', ({ tasksFailed }) => tasksFailed),
  { title: 'queues', value: ({ queues }) => queues.join(', '), shrinks: true },
]

const failureColumns: readonly Column<SeenFailure>[] = [
  { title: 'when', value: ({ at }) => timeOf(at) },
  { title: 'task', value: ({ task }) => task, shrinks: true },
  { title: 'queue', value: ({ queue }) => queue, shrinks: true },
  {
    title: 'state',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'dead' ? 'red' : 'yellow'),
  },
  number('attempt', ({ attempt }) => attempt),
  { title: 'problem', value: ({ problem }) => problem, shrinks: true },
]

function number<Row>(title: string, value: (row: Row) => number | undefined): Column<Row> {
  return { title, value: (row) => count(value(row)), align: 'right' }
}

function stateOf({ paused, heldUntil }: QueueOverview): string {
  if (paused) return 'paused'
  return heldUntil === undefined ? '' : `held until ${timeOf(heldUntil)}`
}

function timeOf(date: Date): string {
  return date.toLocaleTimeString('en-GB')
}

function plural(number: number, noun: string): string {
  return `${count(number)} ${noun}${number === 1 ? '' : 's'}`
}

function cut(text: string, { columns }: Terminal): string {
  return columns === undefined ? text : truncate(text, columns)
}
