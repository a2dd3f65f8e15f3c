import { Packr } from 'msgpackr'
import type { Handler, Payload, Session, Subject } from './subject.ts'

const BATCH = 500

interface Stored {
  readonly id: string
  readonly bytes: Uint8Array
  token: string
}

/** The steps of the engine on a Map, with nothing around them: decode, run, fence by token, remove. */
export const rawMemory: Subject = {
  name: 'raw',
  backend: 'memory',
  settings: `a Map, ${BATCH} a step, MessagePack both ways`,
  isRaw: true,
  open: async () => new RawMemory(),
}

class RawMemory implements Session {
  readonly #packr = new Packr({ useRecords: false, moreTypes: true, int64AsType: 'bigint' })
  readonly #live = new Map<string, Stored>()
  #waiting: Stored[] = []
  #count = 0

  async enqueue(payload: Payload): Promise<void> {
    const id = `01980000-0000-7000-8000-${(this.#count++).toString(16).padStart(12, '0')}`
    const stored = { id, bytes: this.#packr.pack(payload), token: '' }
    this.#live.set(id, stored)
    this.#waiting.push(stored)
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    for (const payload of all) await this.enqueue(payload)
  }

  async work(_concurrency: number, handler: Handler): Promise<{ stop(): Promise<void> }> {
    const loop = this.#loop(handler)
    return { stop: async () => await loop }
  }

  async left(): Promise<number> {
    return this.#live.size
  }

  async close(): Promise<void> {}

  async #loop(handler: Handler): Promise<void> {
    const waiting = this.#waiting
    this.#waiting = []
    for (let start = 0; start < waiting.length; start += BATCH) {
      const batch = waiting.slice(start, start + BATCH)
      const token = `call-${start}`
      for (const task of batch) task.token = token
      await Promise.all(
        batch.map(async (task) => {
          const payload: Payload = this.#packr.unpack(task.bytes)
          await handler(payload)
        }),
      )
      await new Promise((resolve) => setImmediate(resolve))
      for (const { id } of batch) if (this.#live.get(id)?.token === token) this.#live.delete(id)
    }
  }
}
