import { type Clock, sleep } from './clock.ts'

export interface LoopOptions {
  readonly name: string
  readonly clock: Clock
  /** One round. It does its own waiting, and ends early when the signal aborts. */
  readonly step: (signal: AbortSignal) => Promise<void>
  readonly onError: (error: unknown, loop: string) => void
  /** Random number in [0, 1). @default Math.random */
  readonly random?: () => number
}

const FIRST_BACKOFF_MS = 100
const LAST_BACKOFF_MS = 10_000

/**
 * A step repeated until it is stopped: the one lifecycle of everything that runs in the background.
 * An error never ends it; it is reported, and the next round waits, longer each time, with jitter.
 * `start` and `stop` may be called again without effect; `stop` resolves when the last round is over.
 */
export class Loop {
  readonly #options: LoopOptions
  readonly #controller = new AbortController()
  #running: Promise<void> | undefined
  #consecutiveErrors = 0

  constructor(options: LoopOptions) {
    this.#options = options
  }

  /** Rounds that failed since the last one that did not. */
  get consecutiveErrors(): number {
    return this.#consecutiveErrors
  }

  start(): void {
    this.#running ??= this.#run()
  }

  async stop(): Promise<void> {
    this.#controller.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { step, clock, onError, name } = this.#options
    const { signal } = this.#controller
    while (!signal.aborted) {
      try {
        await step(signal)
        this.#consecutiveErrors = 0
      } catch (error) {
        if (signal.aborted) return
        this.#consecutiveErrors++
        onError(error, name)
        await sleep(clock, backoffMs(this.#consecutiveErrors, this.#options.random), signal)
      }
    }
  }
}

/** How long to wait after the nth failure in a row: doubling from 100 ms to 10 s, half of it random. */
export function backoffMs(failures: number, random: () => number = Math.random): number {
  const full = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LAST_BACKOFF_MS)
  return full / 2 + (full / 2) * random()
}
