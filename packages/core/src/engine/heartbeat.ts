import type { App } from '../app.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import { presenceKind, type WorkerPresence } from '../coordination/presence.ts'
import { SharedState } from '../coordination/shared-state.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'
import { Wakeups } from '../runtime/wakeups.ts'

/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 10_000
const CHANGE = 'change'

export interface HeartbeatParts {
  readonly app: App
  readonly workerId: string
  readonly intervalMs: number
  /** How long others take it to be there without a further heartbeat. */
  readonly ttlMs: number
  readonly presence: () => WorkerPresence
  readonly onError: (error: unknown, loop: string) => void
}

/** Tells in its own process that a worker is there. */
export function heartbeatEvents(
  app: App,
  intervalMs: number,
  presence: () => WorkerPresence,
  onError: (error: unknown, loop: string) => void,
): Loop {
  const step = async (signal: AbortSignal) => {
    await sleep(app.clock, intervalMs, signal)
    if (!signal.aborted) app.events.emit('worker:heartbeat', presence)
  }
  return new Loop({ name: 'heartbeat events', clock: app.clock, random: app.random, onError, step })
}

/** Tells others that this worker is there, and what it does. */
export class Heartbeat {
  readonly loop: Loop
  readonly #parts: HeartbeatParts
  readonly #state: SharedState<WorkerPresence>
  readonly #changes: Wakeups

  constructor(parts: HeartbeatParts, coordination: Coordination) {
    this.#parts = parts
    const { app, intervalMs, onError } = parts
    this.#state = new SharedState(coordination, presenceKind, app.clock, app.random)
    this.#changes = new Wakeups(app.clock)
    const changes = this.#changes.subscribe([CHANGE])
    const step = async (signal: AbortSignal) => {
      await this.beat()
      await changes.wait(intervalMs, signal)
    }
    this.loop = new Loop({ name: 'heartbeat', clock: app.clock, random: app.random, onError, step })
  }

  /** What it tells is no longer so: it tells it anew. */
  changed(): void {
    this.#changes.notify(CHANGE)
  }

  async beat(): Promise<void> {
    const { workerId, ttlMs, presence } = this.#parts
    await this.#write(this.#state.put('', workerId, { value: presence(), ttlMs }))
  }

  /** It is there no more. */
  async leave(): Promise<void> {
    await this.#write(this.#state.put('', this.#parts.workerId, { value: undefined }))
  }

  async #write(write: Promise<unknown>): Promise<void> {
    await withDeadline(this.#parts.app.clock, ANSWER_MS, 'a heartbeat', write)
  }
}
