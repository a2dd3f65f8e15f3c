import type { App } from '../app.ts'
import type { QueueCounts } from '../contract/facets/backlog.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import { controlKind, QUEUE_KEY, type QueueControl } from '../coordination/control.ts'
import { presenceKind, type WorkerPresence } from '../coordination/presence.ts'
import { SharedState } from '../coordination/shared-state.ts'
import { checkName } from '../task/names.ts'
import { taskDefaults } from '../task/task-options.ts'
import type { Facets } from './facets.ts'
import { limitsOf, type QueueLimits } from './queue-settings.ts'

/** One queue at a glance. */
export interface QueueOverview {
  readonly queue: string
  /** How many of its tasks are in which state; `undefined` where the backend can't tell. */
  readonly counts: Omit<QueueCounts, 'queue'>
  /**
   * For how long the task has waited that has been ready longest, whatever its priority: in ms, by the backend's clock. `undefined`
   * where none is ready, or the backend shows no single tasks.
   */
  readonly oldestReadyMs: number | undefined
  /**
   * How many attempts ended in the last minute, as the workers that are there told with their last heartbeat: a figure of about 10 s
   * ago. `undefined` where the backend keeps no shared state.
   */
  readonly perMinute: number | undefined
  /** How many of them failed. */
  readonly failedPerMinute: number | undefined
  readonly paused: boolean
  /** Nothing of it is started before; absent once that time has come. */
  readonly heldUntil: Date | undefined
  readonly limits: QueueLimits
  /** How many workers that are there work on it. `undefined` where the backend keeps no shared state. */
  readonly workers: number | undefined
}

/** Which queues. */
export interface OverviewOptions {
  /** @default all that hold something, are worked on, paused, held or limited, or are named by a definition of the app */
  readonly queues?: readonly string[] | undefined
}

/** What processes share about queues. */
interface SharedView {
  readonly workers: readonly WorkerPresence[]
  readonly controls: ReadonlyMap<string, QueueControl>
  readonly now: number
}

/** Two rounds of calls, however many queues there are: who there is, then what stands in each. */
export async function overviewOf(
  app: App,
  facets: Facets,
  { queues }: OverviewOptions = {},
): Promise<readonly QueueOverview[]> {
  const asked = queues?.map((queue) => checkName('queues', queue))
  await app.ready()
  const { driver } = app
  const { backlog } = facets
  const [stored, shared] = await Promise.all([
    asked === undefined ? (driver.inspection?.queues() ?? []) : [],
    driver.coordination === undefined ? undefined : viewOf(app, driver.coordination),
  ])
  const names = asked ?? allNames(app, stored, shared)
  const [counts, ages] = await Promise.all([
    backlog.count(names),
    driver.inspection?.oldestReady(names) ?? names.map(() => undefined),
  ])
  return counts.map((each, index) => rowOf(each, ages[index], shared))
}

async function viewOf({ clock, random }: App, coordination: Coordination): Promise<SharedView> {
  const [workers, controls] = await Promise.all([
    new SharedState(coordination, presenceKind, clock, random).list(''),
    new SharedState(coordination, controlKind, clock, random).list(),
  ])
  const ofQueues = controls.entries.flatMap(({ scope, key, value }): [string, QueueControl][] =>
    key === QUEUE_KEY && value.type === 'queue' ? [[scope, value]] : [],
  )
  return {
    workers: workers.entries.map(({ value }) => value),
    controls: new Map(ofQueues),
    now: controls.now,
  }
}

function allNames(app: App, stored: readonly string[], shared: SharedView | undefined): readonly string[] {
  const usual = app.defaults.queue ?? taskDefaults.queue
  const names = new Set([
    ...stored,
    ...app.registry.all.map(({ options }) => options.queue ?? usual),
    ...(shared?.workers.flatMap((worker) => worker.queues) ?? []),
    ...(shared?.controls.keys() ?? []),
  ])
  return [...names].sort()
}

function rowOf(
  { queue, ...counts }: QueueCounts,
  oldestReadyMs: number | undefined,
  shared: SharedView | undefined,
): QueueOverview {
  const control = shared?.controls.get(queue) ?? { type: 'queue' }
  const { pausedAt, heldUntil } = control
  const isHeld = heldUntil !== undefined && shared !== undefined && heldUntil > shared.now
  return {
    queue,
    counts,
    oldestReadyMs,
    ...ratesOf(queue, shared),
    paused: pausedAt !== undefined,
    heldUntil: isHeld ? new Date(heldUntil) : undefined,
    limits: limitsOf(control),
  }
}

function ratesOf(
  queue: string,
  shared: SharedView | undefined,
): Pick<QueueOverview, 'perMinute' | 'failedPerMinute' | 'workers'> {
  if (shared === undefined) return { perMinute: undefined, failedPerMinute: undefined, workers: undefined }
  let [perMinute, failedPerMinute] = [0, 0]
  for (const { queueRates } of shared.workers) {
    if (!Object.hasOwn(queueRates, queue)) continue
    perMinute += queueRates[queue]?.perMinute ?? 0
    failedPerMinute += queueRates[queue]?.failedPerMinute ?? 0
  }
  const workers = shared.workers.filter(({ queues }) => queues.includes(queue)).length
  return { perMinute, failedPerMinute, workers }
}
