import type { App } from '../app.ts'
import type { Delivery } from '../contract/delivery.ts'
import type { QueueShare } from '../contract/driver.ts'
import { type Control, controlKind, type WorkerOrder } from '../coordination/control.ts'
import type { WorkerPresence } from '../coordination/presence.ts'
import { QueueController } from '../coordination/queue-controller.ts'
import { type SharedEntries, SharedState } from '../coordination/shared-state.ts'
import { sleep } from '../runtime/clock.ts'
import { atMost } from '../runtime/deadline.ts'
import type { Loop } from '../runtime/loop.ts'
import type { HoldOptions } from '../task/outcomes.ts'
import { GroupHolds } from './group-holds.ts'
import { Heartbeat } from './heartbeat.ts'
import { Leadership } from './leadership.ts'
import { QueueGate } from './queue-gate.ts'
import { QueueQuotas } from './queue-quotas.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'

/** What is not answered within this time when the worker stops is left to end by itself. */
const LEAVE_MS = 2_000

export interface WorkerControlParts {
  readonly app: App
  readonly options: ResolvedWorkerOptions
  /** How many tasks of a queue the worker holds. */
  readonly held: (queue: string) => number
  /** What the worker tells of itself. */
  readonly presence: (isLeader: boolean) => WorkerPresence
  /** Its queues have closed or opened, or have other limits. */
  readonly onQueues: () => void
  /** Who is told by orders from elsewhere. */
  readonly worker: Obedient
  readonly onError: (error: unknown, loop: string) => void
}

/** What an order can tell. */
export interface Obedient {
  pause(): void
  resume(): void
  stop(options: { readonly wait: boolean }): Promise<unknown>
  setConcurrency(concurrency: number): void
}

/** What a worker has to do with others: pauses and limits of its queues, orders from elsewhere, its heartbeat, who leads. */
export class WorkerControl {
  readonly gate: QueueGate
  readonly groups: GroupHolds
  readonly #parts: WorkerControlParts
  readonly #quotas: QueueQuotas | undefined
  readonly #heartbeat: Heartbeat | undefined
  readonly #leadership: Leadership | undefined
  #stopListening: (() => Promise<void>) | undefined

  constructor(parts: WorkerControlParts) {
    this.#parts = parts
    const { app, options, held, onQueues, onError } = parts
    const { workerId, clusterId, pollIntervalMs } = options
    this.gate = new QueueGate(app.clock, options.queues, onQueues)
    this.groups = new GroupHolds(app.clock, options.queues, onQueues)
    const { coordination } = app.driver
    if (coordination === undefined) return
    const rateLimit = options.rateLimit?.scope === 'global' ? options.rateLimit : undefined
    const quotas = { app, workerId, gate: this.gate, rateLimit, pollIntervalMs, held }
    this.#quotas = new QueueQuotas(quotas, coordination)
    this.#leadership = new Leadership(
      { app, workerId, clusterId, onChange: () => this.changed(), onError },
      coordination,
    )
    const [intervalMs, ttlMs] = [options.heartbeatIntervalMs, options.heartbeatTtlMs]
    const presence = () => parts.presence(this.isLeader)
    this.#heartbeat = new Heartbeat({ app, workerId, intervalMs, ttlMs, presence, onError }, coordination)
  }

  /** Whether this worker does what one of them is to do; where none can be chosen, all do. */
  get isLeader(): boolean {
    return this.#leadership?.isLeader ?? true
  }

  /** Everything may be asked for: nothing is closed, nothing limited. */
  get isPlain(): boolean {
    return this.gate.isPlain && this.#quotas?.isNeeded !== true
  }

  /** Whether tasks that can't start yet are better off in their queue. */
  get hasLimits(): boolean {
    return this.#quotas?.isNeeded ?? false
  }

  /** Hears of what holds for its queues, before it takes tasks. */
  async listen(): Promise<void> {
    this.#stopListening = await this.#parts.app.control.listen((control) => this.#heard(control))
  }

  /** Tells others that it is there, and stands for the lead. */
  start(): void {
    for (const loop of this.#loops) loop.start()
  }

  /** What others know of this worker is no longer so. */
  changed(): void {
    this.#heartbeat?.changed()
  }

  async stop(): Promise<void> {
    const { clock } = this.#parts.app
    const ends = [this.#stopListening?.(), ...this.#loops.map((loop) => loop.stop())]
    await atMost(clock, LEAVE_MS, Promise.allSettled(ends))
    const leaving = [this.#quotas?.close(), this.#leadership?.resign(), this.#heartbeat?.leave()]
    await atMost(clock, LEAVE_MS, Promise.allSettled(leaving)) // what is not written ends by itself
  }

  /** What may be asked for now; where that is nothing, it is so after a wait. */
  async shares(shares: readonly QueueShare[], signal: AbortSignal): Promise<readonly QueueShare[]> {
    const open = shares.filter(({ name }) => this.gate.isOpen(name))
    const granted = this.#quotas?.isNeeded === true ? await this.#quotas.grant(open) : open
    if (granted.length > 0) return granted
    const limitMs = open.length > 0 ? (this.#quotas?.retryMs ?? 0) : Number.POSITIVE_INFINITY
    await sleep(this.#parts.app.clock, Math.min(limitMs, this.gate.nextOpenMs, 60_000), signal)
    return []
  }

  /** How long until what may not be asked for now may be, in ms; infinite where that is nothing. */
  get lookAgainMs(): number {
    const limitMs = this.#quotas?.isNeeded === true ? this.#quotas.retryMs : Number.POSITIVE_INFINITY
    return Math.min(limitMs, this.gate.nextOpenMs)
  }

  /** A call with these shares is over. */
  async took(shares: readonly QueueShare[], deliveries: readonly Delivery[]): Promise<void> {
    if (this.#quotas?.isNeeded !== true) return
    const came = new Map<string, number>()
    for (const { lease } of deliveries) came.set(lease.queue, (came.get(lease.queue) ?? 0) + 1)
    await this.#quotas.settle(shares, came)
  }

  /** Keeps what lasts only for a time. */
  async renew(): Promise<void> {
    await this.#quotas?.renew()
  }

  /** Nothing of a queue, or of a group in it, is started for so long: here at once, and elsewhere as soon as it is heard of. */
  async hold(queue: string, ms: number, { group }: HoldOptions): Promise<void> {
    if (group === undefined) this.gate.hold(queue, ms)
    else this.groups.hold(queue, group, ms)
    const { app } = this.#parts
    const { coordination } = app.driver
    if (coordination === undefined) return
    const { clock, random, control: line } = app
    const controller = new QueueController({ coordination, clock, random, line })
    if (group === undefined) this.gate.holdWritten(queue, await controller.hold(queue, ms))
    else this.groups.holdWritten(queue, group, await controller.holdGroup(queue, group, ms))
  }

  get #loops(): readonly Loop[] {
    return [this.#heartbeat?.loop, this.#leadership?.loop].filter((loop) => loop !== undefined)
  }

  #heard(control: SharedEntries<Control>): void {
    this.gate.update(control)
    this.groups.update(control)
    for (const { scope, key, value, version } of control.entries) {
      if (value.type !== 'command' || value.workerId !== this.#parts.options.workerId) continue
      void this.#obey(scope, key, version, value)
    }
  }

  /** Whoever takes the order away obeys it, so that it is obeyed once. */
  async #obey(scope: string, key: string, version: string, order: WorkerOrder): Promise<void> {
    const { app, worker, onError } = this.#parts
    const { coordination } = app.driver
    if (coordination === undefined) return
    try {
      const state = new SharedState(coordination, controlKind, app.clock, app.random)
      if (await state.put(scope, key, { value: undefined }, version)) obey(worker, order)
    } catch (error) {
      onError(error, 'control')
    }
  }
}

function obey(worker: Obedient, order: WorkerOrder): void {
  switch (order.order) {
    case 'pause':
      worker.pause()
      break
    case 'resume':
      worker.resume()
      break
    case 'concurrency':
      worker.setConcurrency(order.concurrency)
      break
    case 'stop':
      void worker.stop({ wait: order.wait })
  }
}
