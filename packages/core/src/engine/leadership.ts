import type { App } from '../app.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import { type SharedKind, SharedState } from '../coordination/shared-state.ts'
import { StoredValue } from '../coordination/values.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { Loop } from '../runtime/loop.ts'

/** A leader that falls silent is followed by another within this time, and one round. */
const LEASE_MS = 15_000
const ROUND_MS = 5_000
/** What is not answered within this time is taken to be lost. */
const ANSWER_MS = 5_000

interface Leader {
  readonly workerId: string
}

const leaderKind: SharedKind<Leader> = {
  name: 'leader',
  parse: (value) => {
    const workerId = new StoredValue(value).text('workerId')
    return workerId === undefined ? undefined : { workerId }
  },
}

export interface LeadershipParts {
  readonly app: App
  readonly workerId: string
  readonly clusterId: string
  /** It has begun to lead, or does so no more. */
  readonly onChange: () => void
  readonly onError: (error: unknown, loop: string) => void
}

/**
 * One worker of a cluster leads, and looks after what need not be done by all. What a leader does is safe where two of them do it, as
 * may happen when one is held up for longer than its lease; so this saves work and guards nothing.
 */
export class Leadership {
  readonly loop: Loop
  readonly #parts: LeadershipParts
  readonly #state: SharedState<Leader>
  /** By the monotonic clock, counted from before the lease was asked for. */
  #leadsUntil = 0

  constructor(parts: LeadershipParts, coordination: Coordination) {
    this.#parts = parts
    const { app, onError } = parts
    this.#state = new SharedState(coordination, leaderKind, app.clock, app.random)
    const step = async (signal: AbortSignal) => {
      await withDeadline(app.clock, ANSWER_MS, 'the leadership', this.#stand())
      await sleep(app.clock, ROUND_MS * (0.9 + app.random() / 5), signal)
    }
    this.loop = new Loop({ name: 'leadership', clock: app.clock, random: app.random, onError, step })
  }

  get isLeader(): boolean {
    return this.#parts.app.clock.monotonic() < this.#leadsUntil
  }

  /** Lets another one lead at once. */
  async resign(): Promise<void> {
    if (!this.isLeader) return
    this.#leadsUntil = 0
    const { app, clusterId, workerId } = this.#parts
    const leave = this.#state.update('', clusterId, (leader) =>
      leader?.value.workerId === workerId ? { value: undefined } : undefined,
    )
    await withDeadline(app.clock, ANSWER_MS, 'the end of the leadership', leave)
  }

  async #stand(): Promise<void> {
    const { app, clusterId, workerId } = this.#parts
    const [sentAt, hasLed] = [app.clock.monotonic(), this.isLeader]
    const won = await this.#state.update('', clusterId, (leader) =>
      leader === undefined || leader.value.workerId === workerId
        ? { value: { workerId }, ttlMs: LEASE_MS }
        : undefined,
    )
    this.#leadsUntil = won === undefined ? 0 : sentAt + LEASE_MS
    if (this.isLeader !== hasLed) this.#parts.onChange()
  }
}
