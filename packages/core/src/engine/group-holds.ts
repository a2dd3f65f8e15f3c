import type { Control } from '../coordination/control.ts'
import type { SharedEntries } from '../coordination/shared-state.ts'
import type { Clock } from '../runtime/clock.ts'
import { groupOfDelivery } from '../task/group.ts'
import type { Hold } from './hold.ts'
import { OwnHolds } from './own-holds.ts'

/** Groups of tasks that are held, as it was last read, and as this process has asked for itself. */
export class GroupHolds {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #queues: ReadonlySet<string>
  readonly #onHeld: () => void
  /** Monotonic time at which each may go on. */
  #read: ReadonlyMap<string, number> = new Map()
  readonly #own: OwnHolds

  /** @param onHeld is called when a group is held that was not before. */
  constructor(clock: Pick<Clock, 'monotonic'>, queues: readonly string[], onHeld: () => void) {
    this.#clock = clock
    this.#own = new OwnHolds(clock)
    this.#queues = new Set(queues)
    this.#onHeld = onHeld
  }

  /** The usual case. */
  get isEmpty(): boolean {
    return this.#read.size === 0 && this.#own.isEmpty
  }

  /** How long until tasks of a group may start, in ms; 0 where they may. */
  waitMs(queue: string, group: string): number {
    const name = nameOf(queue, group)
    const until = Math.max(this.#read.get(name) ?? 0, this.#own.until(name))
    return Math.max(0, Math.ceil(until - this.#clock.monotonic()))
  }

  /** What was read of all queues. */
  update({ entries, now }: SharedEntries<Control>): void {
    const read = new Map<string, number>()
    const monotonic = this.#clock.monotonic()
    for (const { scope, value } of entries) {
      if (value.type !== 'group' || !this.#queues.has(scope) || value.heldUntil <= now) continue
      read.set(nameOf(scope, value.group), monotonic + value.heldUntil - now)
    }
    this.#own.read(now)
    const hasNew = [...read.keys()].some((name) => !this.#read.has(name))
    this.#read = read
    if (hasNew) this.#onHeld()
  }

  /** Holds a group for so long, before others know of it. */
  hold(queue: string, group: string, ms: number): void {
    this.#own.add(nameOf(queue, group), ms)
    this.#onHeld()
  }

  /** A hold is written: what is read later than this, in ms since epoch on the backend's clock, tells whether it still holds. */
  holdWritten(queue: string, group: string, writtenAt: number): void {
    this.#own.written(nameOf(queue, group), writtenAt)
  }
}

/** Those that may start; the others go back until they may. */
export function withoutHeldGroups(
  holds: readonly Hold[],
  groups: GroupHolds,
  runner: { giveBack(hold: Hold, delayMs: number): void },
): readonly Hold[] {
  if (groups.isEmpty) return holds
  return holds.filter((hold) => {
    const group = groupOfDelivery(hold.delivery)
    const waitMs = group === undefined ? 0 : groups.waitMs(hold.lease.queue, group)
    if (waitMs > 0) runner.giveBack(hold, waitMs)
    return waitMs === 0
  })
}

function nameOf(queue: string, group: string): string {
  return JSON.stringify([queue, group])
}
