import type { Payload } from './subject.ts'

/** Gathers calls made while a write is under way, or in one go, into the next write: what every bare loop needs to be worth comparing. */
export class Coalescing {
  readonly #write: (batch: readonly Payload[]) => Promise<void>
  #waiting: {
    readonly payload: Payload
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }[] = []
  #isWriting = false

  constructor(write: (batch: readonly Payload[]) => Promise<void>) {
    this.#write = write
  }

  add(payload: Payload): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ payload, resolve, reject })
      if (this.#isWriting) return
      this.#isWriting = true
      setImmediate(() => void this.#writeAll())
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting
      this.#waiting = []
      try {
        await this.#write(batch.map(({ payload }) => payload))
        for (const { resolve } of batch) resolve()
      } catch (error) {
        for (const { reject } of batch) reject(error)
      }
    }
    this.#isWriting = false
  }
}
