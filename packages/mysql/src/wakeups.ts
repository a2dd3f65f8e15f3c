import { type Clock, type TimerHandle, type WakeupSubscription, Wakeups } from '@tasq/core/driver'

/** How soon it looks again right after something has happened. */
const SHORTEST_MS = 20
/** The longer nothing has happened, the longer the pauses: this part of that time. */
const SHARE = 10

export interface LookingParts {
  readonly clock: Clock
  /** The longest pause between two looks. */
  readonly lookIntervalMs: number
  /** One look; answers whether something has happened. It may reject: then the next look is as far away as it can be. */
  readonly look: () => Promise<boolean>
}

/**
 * Looks again and again while somebody wants it, because MySQL can't tell of anything by itself: often at first, and after something
 * has happened; then less and less, until it is one cheap statement each `lookInterval` for the whole process.
 */
export class Looking {
  readonly #parts: LookingParts
  #wanted = 0
  #timer: TimerHandle | undefined
  #isLooking = false
  /** Monotonic time of what has happened last. */
  #happenedAt = 0

  constructor(parts: LookingParts) {
    this.#parts = parts
  }

  /** Starts looking, until the function it gives is called. */
  want(): () => void {
    this.#wanted++
    this.#schedule(this.#pauseMs())
    return () => {
      this.#wanted--
      if (this.#wanted === 0) this.#stop()
    }
  }

  /** Something has happened here, so that more may be about to. */
  note(): void {
    this.#happenedAt = this.#parts.clock.monotonic()
  }

  #pauseMs(): number {
    const { clock, lookIntervalMs } = this.#parts
    const quietMs = clock.monotonic() - this.#happenedAt
    return Math.min(Math.max(quietMs / SHARE, SHORTEST_MS), lookIntervalMs)
  }

  #schedule(ms: number): void {
    if (this.#timer !== undefined || this.#isLooking || this.#wanted === 0) return
    this.#timer = this.#parts.clock.setTimeout(() => void this.#look(), ms)
  }

  async #look(): Promise<void> {
    this.#timer = undefined
    this.#isLooking = true
    let pauseMs = this.#parts.lookIntervalMs
    try {
      if (await this.#parts.look()) this.note()
      pauseMs = this.#pauseMs()
    } catch {
      // Whoever waits asks again by itself when its time is over, and hears what is wrong.
    }
    this.#isLooking = false
    this.#schedule(pauseMs)
  }

  #stop(): void {
    if (this.#timer !== undefined) this.#parts.clock.clearTimeout(this.#timer)
    this.#timer = undefined
  }
}

/** Wakes workers when a look at all queues that they wait for shows ready tasks. */
export class PolledWakeups extends Wakeups {
  readonly #queues: Map<string, number>
  readonly #looking: Looking

  /** @param findReady which of these queues have ready tasks. */
  constructor(
    parts: Omit<LookingParts, 'look'>,
    findReady: (queues: readonly string[]) => Promise<readonly string[]>,
  ) {
    const queues = new Map<string, number>()
    const looking = new Looking({
      ...parts,
      look: async () => {
        const ready = await findReady([...queues.keys()])
        for (const queue of ready) super.notify(queue)
        return false // whether there was work for this process is known when it was claimed
      },
    })
    super(parts.clock, () => looking.want())
    this.#queues = queues
    this.#looking = looking
  }

  /** There was work just now, so that more may be about to come. */
  noteWork(): void {
    this.#looking.note()
  }

  override notify(queue?: string): void {
    this.#looking.note()
    super.notify(queue)
  }

  override subscribe(names: Iterable<string>): WakeupSubscription {
    const wanted = [...new Set(names)]
    for (const name of wanted) this.#queues.set(name, (this.#queues.get(name) ?? 0) + 1)
    const subscription = super.subscribe(wanted)
    return {
      wait: async (ms, signal) => await subscription.wait(ms, signal),
      close: () => {
        for (const name of wanted) this.#forget(name)
        subscription.close()
      },
    }
  }

  #forget(name: string): void {
    const count = (this.#queues.get(name) ?? 0) - 1
    if (count > 0) this.#queues.set(name, count)
    else this.#queues.delete(name)
  }
}
