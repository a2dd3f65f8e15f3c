import { type Control, QUEUE_KEY } from '../coordination/control.ts'
import type { SharedEntries } from '../coordination/shared-state.ts'
import type { Clock } from '../runtime/clock.ts'
import { OwnHolds } from './own-holds.ts'
import type { ResolvedRateLimit } from './rate-limiter.ts'

/** What holds for a queue in this process. */
interface GateState {
  /** Monotonic time from which on its tasks may start; infinite while it is paused. */
  readonly opensAt: number
  readonly concurrency: number | undefined
  readonly rateLimit: ResolvedRateLimit | undefined
}

/** Which of a worker's queues may be asked for tasks, as it was last read. */
export class QueueGate {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #queues: ReadonlySet<string>
  readonly #onChange: () => void
  #states: ReadonlyMap<string, GateState> = new Map()
  readonly #holds: OwnHolds

  /** @param onChange is called when a queue closes or opens, or has other limits. */
  constructor(clock: Pick<Clock, 'monotonic'>, queues: readonly string[], onChange: () => void) {
    this.#clock = clock
    this.#holds = new OwnHolds(clock)
    this.#queues = new Set(queues)
    this.#onChange = onChange
  }

  /** Nothing is paused, held or limited: the usual case. */
  get isPlain(): boolean {
    return this.#states.size === 0 && this.#holds.isEmpty
  }

  /** Whether some queue has a limit that all its workers share. */
  get hasLimits(): boolean {
    return [...this.#states.values()].some(
      ({ concurrency, rateLimit }) => concurrency !== undefined || rateLimit !== undefined,
    )
  }

  isOpen(queue: string): boolean {
    return this.#opensAt(queue) <= this.#clock.monotonic()
  }

  /** How long until a closed queue opens by itself, in ms; infinite where none does. */
  get nextOpenMs(): number {
    const now = this.#clock.monotonic()
    const closed = [...this.#queues].map((queue) => this.#opensAt(queue) - now).filter((ms) => ms > 0)
    return Math.min(Number.POSITIVE_INFINITY, ...closed)
  }

  limitsOf(queue: string): Pick<GateState, 'concurrency' | 'rateLimit'> | undefined {
    return this.#states.get(queue)
  }

  /** What was read of all queues. */
  update({ entries, now }: SharedEntries<Control>): void {
    const states = new Map<string, GateState>()
    const monotonic = this.#clock.monotonic()
    for (const { scope, key, value } of entries) {
      if (value.type !== 'queue' || key !== QUEUE_KEY || !this.#queues.has(scope)) continue
      const { pausedAt, heldUntil = 0, concurrency, rateLimit } = value
      const opensAt =
        pausedAt === undefined ? monotonic + Math.max(0, heldUntil - now) : Number.POSITIVE_INFINITY
      states.set(scope, { opensAt, concurrency, rateLimit })
    }
    this.#holds.read(now)
    const hasChanged = !sameStates(this.#states, states, monotonic)
    this.#states = states
    if (hasChanged) this.#onChange()
  }

  /** Closes a queue for so long, before others know of it. */
  hold(queue: string, ms: number): void {
    this.#holds.add(queue, ms)
    this.#onChange()
  }

  /** A hold is written: what is read later than this, in ms since epoch on the backend's clock, tells whether it still holds. */
  holdWritten(queue: string, writtenAt: number): void {
    this.#holds.written(queue, writtenAt)
  }

  #opensAt(queue: string): number {
    return Math.max(this.#states.get(queue)?.opensAt ?? 0, this.#holds.until(queue))
  }
}

function sameStates(
  before: ReadonlyMap<string, GateState>,
  after: ReadonlyMap<string, GateState>,
  now: number,
): boolean {
  if (before.size !== after.size) return false
  return [...after].every(([queue, state]) => {
    const known = before.get(queue)
    return (
      known !== undefined &&
      known.opensAt > now === state.opensAt > now &&
      known.concurrency === state.concurrency &&
      JSON.stringify(known.rateLimit) === JSON.stringify(state.rateLimit)
    )
  })
}
