import type { App } from '../app.ts'
import type { TaskState } from '../contract/facets/backlog.ts'
import type { CancelAnswer } from '../contract/facets/cancellation.ts'
import type { ChangeAnswer, FindCall, Inspection, TaskRecord } from '../contract/facets/inspection.ts'
import { InvalidOptionError } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { nextTurn } from '../runtime/turn.ts'
import type { Facets } from './facets.ts'
import { persist } from './redrive.ts'

/** Which tasks of a queue: those that meet every condition given here. */
export interface TaskSelection {
  readonly state: TaskState
  /** Only tasks of the definition with this name. @default all */
  readonly task?: string | undefined
  /** Only those that were enqueued longer ago than this, by this process's clock. @default all */
  readonly olderThan?: Duration | undefined
}

/** What can be done to many tasks: `promote` makes scheduled ones ready now. */
export type TaskChange = 'cancel' | 'remove' | 'promote'

/** How a change of many tasks goes. */
export interface ChangeOptions {
  /** The most that are looked at for it. @default all that are found */
  readonly limit?: number | undefined
  /** Why, for whoever asks what became of a cancelled task. @default none */
  readonly reason?: string | undefined
  /** Ends it early, between two steps of at most 200 tasks; what was done stays done. @default none */
  readonly signal?: AbortSignal | undefined
  /** Told after each step. @default none */
  readonly onStep?: ((soFar: ChangeReport) => void) | undefined
}

/** What became of the tasks that were to be changed. */
export interface ChangeReport {
  readonly changed: number
  /** Running ones that were asked to end: their workers see to it. */
  readonly requested: number
  /** What had become something else by the time: they run, are finished, or are gone. */
  readonly missed: number
}

/** Tasks carry their inputs, so a page of them must stay small. */
const STEP = 200
/** How many single calls are under way at a time. */
const AT_ONCE = 16

const STATES: Readonly<Record<TaskChange, readonly TaskState[]>> = {
  cancel: ['ready', 'scheduled', 'active'],
  remove: ['ready', 'scheduled', 'completed', 'cancelled'],
  promote: ['scheduled'],
}

/** How many tasks meet it, up to `limit`; those of a task or an age must be looked at to be counted. */
export async function countTasks(
  app: App,
  facets: Facets,
  queue: string,
  selection: TaskSelection,
  { limit = Number.POSITIVE_INFINITY, signal }: Pick<ChangeOptions, 'limit' | 'signal'> = {},
): Promise<number> {
  let count = 0
  for await (const records of pages(app, facets, queue, selection, signal)) {
    count += records.length
    if (count >= limit) return limit
  }
  return count
}

/**
 * Changes the tasks that meet it, in bounded steps.
 * @throws InvalidOptionError where tasks of this state can't be changed so.
 */
export async function changeTasks(
  app: App,
  facets: Facets,
  queue: string,
  change: TaskChange,
  selection: TaskSelection,
  { limit = Number.POSITIVE_INFINITY, reason, signal, onStep }: ChangeOptions = {},
): Promise<ChangeReport> {
  const { [change]: allowed } = STATES
  if (!allowed.includes(selection.state)) {
    throw new InvalidOptionError('state', selection.state, `one of ${allowed.join(', ')} to ${change} tasks`)
  }
  let report: ChangeReport = { changed: 0, requested: 0, missed: 0 }
  let taken = 0
  for await (const records of pages(app, facets, queue, selection, signal)) {
    const step = records.slice(0, limit - taken)
    taken += step.length
    const answers = await persist(app, () => answersOf(facets, change, step, reason), signal)
    report = sum(report, answers)
    if (answers.includes('requested')) app.control.tell() // who runs them looks at once
    onStep?.(report)
    if (taken >= limit) break
  }
  return report
}

/** The tasks that meet it, page by page, until the signal aborts. */
async function* pages(
  app: App,
  facets: Facets,
  queue: string,
  { state, task, olderThan }: TaskSelection,
  signal: AbortSignal | undefined,
): AsyncGenerator<readonly TaskRecord[]> {
  const { inspection } = facets
  const before =
    olderThan === undefined
      ? Number.POSITIVE_INFINITY
      : app.clock.now() - milliseconds('olderThan', olderThan)
  await app.ready()
  let cursor: FindCall['cursor']
  do {
    const call: FindCall = { queue, state, task, limit: STEP, cursor }
    const page = await persist(app, () => inspection.find(call), signal)
    yield page.items.filter(({ enqueuedAt }) => enqueuedAt < before)
    cursor = page.cursor
    await nextTurn() // a driver that never waits would let nobody abort it
  } while (cursor !== undefined && !signal?.aborted)
}

/** A step whose answer was lost is made again: what it had done by then is missed in the report, and not done twice. */
async function answersOf(
  { inspection, cancellation }: Pick<Facets, 'inspection' | 'cancellation'>,
  change: TaskChange,
  records: readonly TaskRecord[],
  reason: string | undefined,
): Promise<readonly (CancelAnswer | ChangeAnswer)[]> {
  if (change === 'cancel') {
    const calls = records.map(({ queue, id, keepResultMs }) => ({
      ref: { queue, id },
      reason,
      keepMs: keepResultMs,
    }))
    return calls.length === 0 ? [] : await cancellation.cancel(calls)
  }
  const answers: ChangeAnswer[] = []
  for (let start = 0; start < records.length; start += AT_ONCE) {
    const part = records.slice(start, start + AT_ONCE)
    answers.push(...(await Promise.all(part.map((record) => changeOne(inspection, change, record)))))
    await nextTurn()
  }
  return answers
}

async function changeOne(
  inspection: Inspection,
  change: Exclude<TaskChange, 'cancel'>,
  { queue, id }: TaskRecord,
): Promise<ChangeAnswer> {
  const ref = { queue, id }
  return change === 'remove' ? await inspection.remove(ref) : await inspection.reschedule(ref, { delayMs: 0 })
}

function sum(report: ChangeReport, answers: readonly (CancelAnswer | ChangeAnswer)[]): ChangeReport {
  const changed = answers.filter((answer) => answer === 'changed' || answer === 'cancelled').length
  const requested = answers.filter((answer) => answer === 'requested').length
  return {
    changed: report.changed + changed,
    requested: report.requested + requested,
    missed: report.missed + answers.length - changed - requested,
  }
}
