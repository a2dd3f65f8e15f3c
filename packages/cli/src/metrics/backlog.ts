import { type QueueCounts, type Tasq, UnsupportedError } from '@tasq/core'

/** What a queue holds, as its backend tells it. */
export interface QueueFigures {
  readonly queue: string
  readonly counts: Omit<QueueCounts, 'queue'> | undefined
  /** `undefined` where the backend keeps no shared state. */
  readonly isPaused: boolean | undefined
}

export interface BacklogOptions {
  /** What was read is told again for so long. @default 5000 ms */
  readonly cacheMs?: number | undefined
  /** Whoever asks waits at most so long. @default 2000 ms */
  readonly timeoutMs?: number | undefined
}

/**
 * Looks at queues for whoever asks often: one look at a time, however many ask, and none while the last is fresh. Where the backend does
 * not answer in time, nothing is told and the look goes on.
 */
export class Backlog {
  readonly #tasq: Pick<Tasq, 'queue'>
  readonly #queues: readonly string[]
  readonly #cacheMs: number
  readonly #timeoutMs: number
  #looking: Promise<readonly QueueFigures[] | undefined> | undefined
  #last: { readonly at: number; readonly figures: readonly QueueFigures[] | undefined } | undefined

  constructor(
    tasq: Pick<Tasq, 'queue'>,
    queues: readonly string[],
    { cacheMs = 5_000, timeoutMs = 2_000 }: BacklogOptions = {},
  ) {
    this.#tasq = tasq
    this.#queues = queues
    this.#cacheMs = cacheMs
    this.#timeoutMs = timeoutMs
  }

  /** `undefined` where the backend did not answer, or refused. */
  async read(): Promise<readonly QueueFigures[] | undefined> {
    if (this.#last !== undefined && performance.now() - this.#last.at < this.#cacheMs)
      return this.#last.figures
    this.#looking ??= this.#look().then((figures) => {
      this.#last = { at: performance.now(), figures }
      this.#looking = undefined
      return figures
    })
    let timer: NodeJS.Timeout | undefined
    const tooLate = new Promise<undefined>((resolve) => {
      timer = setTimeout(() => resolve(undefined), this.#timeoutMs)
    })
    try {
      return await Promise.race([this.#looking, tooLate])
    } finally {
      clearTimeout(timer)
    }
  }

  async #look(): Promise<readonly QueueFigures[] | undefined> {
    try {
      return await Promise.all(this.#queues.map((queue) => this.#lookAt(queue)))
    } catch {
      return undefined // the worker's own health says what is wrong with the backend
    }
  }

  async #lookAt(queue: string): Promise<QueueFigures> {
    const handle = this.#tasq.queue(queue)
    const [counts, settings] = await Promise.all([
      whereSupported(() => handle.counts()),
      whereSupported(() => handle.settings()),
    ])
    return { queue, counts, isPaused: settings === undefined ? undefined : settings.pausedAt !== undefined }
  }
}

async function whereSupported<Value>(ask: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof UnsupportedError) return undefined
    throw error
  }
}
