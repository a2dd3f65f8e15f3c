import { Redis } from 'ioredis'
import { Packr } from 'msgpackr'
import { Coalescing } from './coalescing.ts'
import type { Handler, Payload, Session, Subject } from './subject.ts'

const BATCH = 500

/** Settles what was claimed last and claims the next; ids are positions of a counter. */
const STEP = `
  if #ARGV > 2 then redis.call('ZREM', KEYS[2], unpack(ARGV, 3)) end
  local popped = redis.call('LPOP', KEYS[1], ARGV[1])
  if not popped then return {} end
  local now = redis.call('TIME')
  local scored = {}
  for index = 1, #popped do
    scored[index * 2 - 1] = now[1] + 30
    scored[index * 2] = ARGV[2] .. ':' .. index
  end
  redis.call('ZADD', KEYS[2], unpack(scored))
  return popped
`

/** A list, a sorted set of leases, and one script that settles so many and claims as many. */
export const rawRedis: Subject = {
  name: 'raw',
  backend: 'redis',
  settings: `a list and one script, ${BATCH} a call, two calls in flight`,
  isRaw: true,
  open: async ({ url }) => new RawRedis(new Redis(url)),
}

class RawRedis implements Session {
  readonly #redis: Redis
  readonly #packr = new Packr({ useRecords: false, moreTypes: true })
  readonly #writes = new Coalescing((batch) => this.#push(batch))

  constructor(redis: Redis) {
    this.#redis = redis
  }

  async enqueue(payload: Payload): Promise<void> {
    await this.#writes.add(payload)
  }

  async enqueueMany(all: readonly Payload[]): Promise<void> {
    await this.#push(all)
  }

  async work(_concurrency: number, handler: Handler): Promise<{ stop(): Promise<void> }> {
    const loops = Promise.all([this.#loop('a', handler), this.#loop('b', handler)])
    return { stop: async () => void (await loops) }
  }

  async left(): Promise<number> {
    return (await this.#redis.llen('ready')) + (await this.#redis.zcard('active'))
  }

  async close(): Promise<void> {
    await this.#redis.quit()
  }

  async #push(batch: readonly Payload[]): Promise<void> {
    await this.#redis.rpush('ready', ...batch.map((payload) => Buffer.from(this.#packr.pack(payload))))
  }

  async #loop(name: string, handler: Handler): Promise<void> {
    let done: string[] = []
    for (let round = 0; ; round++) {
      const token = `${name}${round}`
      const popped: unknown = await this.#redis.callBuffer(
        'EVAL',
        STEP,
        '2',
        'ready',
        'active',
        BATCH,
        token,
        ...done,
      )
      if (!Array.isArray(popped)) throw new Error('the script gave no list')
      await Promise.all(popped.map((bytes) => handler(this.#packr.unpack(bytes))))
      done = popped.map((_, index) => `${token}:${index + 1}`)
      if (done.length === 0) return
    }
  }
}
