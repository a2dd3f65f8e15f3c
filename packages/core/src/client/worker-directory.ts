import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import { type Control, controlKind, type WorkerOrder } from '../coordination/control.ts'
import { type PresentWorker, presenceKind, type WorkerPresence } from '../coordination/presence.ts'
import { repeating } from '../coordination/repeating.ts'
import { type SharedEntry, SharedState } from '../coordination/shared-state.ts'
import { InvalidOptionError } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { checkName } from '../task/names.ts'
import type { Facets } from './facets.ts'

/** A worker that does not read its orders within this time is taken to be gone. */
const ORDER_MS = 60_000

/** The workers of all processes on this backend, and orders to them. Every method throws UnsupportedError where the backend can't carry it. */
export class WorkerDirectory {
  readonly #app: App
  readonly #facets: Facets

  constructor(app: App, facets: Facets) {
    this.#app = app
    this.#facets = facets
  }

  /**
   * The workers that are there, as they told with their last heartbeat; one that died is listed until its `heartbeatTtl` is over.
   * @param options.clusterId only those of this cluster. @default all
   */
  async list(options: { readonly clusterId?: string | undefined } = {}): Promise<readonly PresentWorker[]> {
    const { clusterId } = options
    const { entries } = await (await this.#presence()).list('')
    return entries
      .map(presentWorkerOf)
      .filter((worker) => clusterId === undefined || worker.clusterId === clusterId)
      .sort((a, b) => a.workerId.localeCompare(b.workerId))
  }

  async get(workerId: string): Promise<PresentWorker | undefined> {
    return (await this.list()).find((worker) => worker.workerId === workerId)
  }

  /** Tells a worker to take no more tasks; what it runs goes on. It hears at once where the backend has events, else within a second. */
  async pause(workerId: string): Promise<void> {
    await this.#order(workerId, { order: 'pause' })
  }

  async resume(workerId: string): Promise<void> {
    await this.#order(workerId, { order: 'resume' })
  }

  /**
   * Tells a worker to stop.
   * @param options.wait `false`: abort running tasks at once and hand them back. @default true
   */
  async stop(workerId: string, options: { readonly wait?: boolean | undefined } = {}): Promise<void> {
    await this.#order(workerId, { order: 'stop', wait: options.wait ?? true })
  }

  /** Tells a worker how many handlers it may run at the same time, from 1 to 100000. */
  async setConcurrency(workerId: string, concurrency: number): Promise<void> {
    if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 100_000) {
      throw new InvalidOptionError('concurrency', concurrency, 'an integer from 1 to 100000')
    }
    await this.#order(workerId, { order: 'concurrency', concurrency })
  }

  /**
   * Forgets workers that have not told of themselves for so long; resolves to how many. Those that died go by themselves when their
   * `heartbeatTtl` is over.
   */
  async cleanup(stale: Duration = '60s'): Promise<number> {
    const staleMs = milliseconds('stale', stale, 0)
    const state = await this.#presence()
    const { entries, now } = await state.list('')
    let removed = 0
    for (const entry of entries) {
      if (now - presentWorkerOf(entry).heartbeatAt.getTime() < staleMs) continue
      if (await state.put('', entry.key, { value: undefined }, entry.version)) removed++
    }
    return removed
  }

  async #order(workerId: string, order: WorkerOrder): Promise<void> {
    const { clock, random, control } = this.#app
    const { coordination } = this.#facets
    await this.#app.ready()
    const state = new SharedState<Control>(repeating(coordination, clock, random), controlKind, clock, random)
    const value: Control = { type: 'command', workerId: checkName('workerId', workerId), ...order }
    await state.put('', randomUUID(), { value, ttlMs: ORDER_MS })
    control.tell()
  }

  async #presence(): Promise<SharedState<WorkerPresence>> {
    const { clock, random } = this.#app
    const { coordination } = this.#facets
    await this.#app.ready()
    return new SharedState(coordination, presenceKind, clock, random)
  }
}

function presentWorkerOf({ value, expiresAt = 0 }: SharedEntry<WorkerPresence>): PresentWorker {
  return { ...value, heartbeatAt: new Date(expiresAt - value.heartbeatTtlMs) }
}
