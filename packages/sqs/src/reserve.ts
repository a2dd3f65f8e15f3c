import { BANDS, type Band, bandsIn } from '@tasq/broker-kernel'
import { type Delivery, type QueueShare, type ReserveCall, RunningCalls } from '@tasq/core/driver'
import type { Arrival } from './arrivals.ts'
import type { Backend } from './backend.ts'
import { deliver } from './deliver.ts'
import type { Leases } from './leases.ts'
import { Receiver } from './receiver.ts'

/** How long a closing driver waits for receives that are under way. */
const CLOSE_GRACE_MS = 1_000

/** A reserve, and the receivers that it asks, in the order in which they are to be served. */
interface Asking {
  readonly call: ReserveCall
  /** Monotonic, as `until` is. */
  readonly startedAt: number
  readonly until: number
  readonly receivers: readonly { readonly receiver: Receiver; readonly share: QueueShare }[]
}

/** The receivers of this process, and the reserves that wait for them. */
export class Reserving {
  readonly #backend: Backend
  readonly #leases: Leases
  readonly #receivers = new Map<string, Receiver>()
  readonly #waiters = new Set<() => void>()
  readonly #running = new RunningCalls()
  readonly #closing = new AbortController()
  readonly #nextToken: () => string

  /** @param nextToken gives tokens that no other process gives. */
  constructor(backend: Backend, leases: Leases, nextToken: () => string) {
    this.#backend = backend
    this.#leases = leases
    this.#nextToken = nextToken
  }

  /** Receives from the queues in their order, from the most urgent band of each first, and waits for the first task. */
  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    if (!call.repeat) return await this.#running.run(call.callId, () => this.#receive(call))
    await this.#running.over(call.callId)
    return this.#leases.heldBy(call.callId)
  }

  /** Ends what waits; what has arrived for nobody is sent back. */
  async close(): Promise<void> {
    this.#closing.abort()
    await Promise.all([...this.#receivers.values()].map((receiver) => receiver.close(CLOSE_GRACE_MS)))
  }

  async #receive(call: ReserveCall): Promise<readonly Delivery[]> {
    const startedAt = this.#backend.clock.monotonic()
    const receivers = (await this.#unlessEnded(call, this.#receiversFor(call))) ?? []
    for (const { receiver } of receivers) receiver.enter()
    try {
      return await this.#ask({ call, startedAt, until: startedAt + call.waitMs, receivers })
    } finally {
      const isForGood = this.#isEnded(call)
      for (const { receiver } of receivers) receiver.leave(isForGood)
    }
  }

  async #ask(asking: Asking): Promise<readonly Delivery[]> {
    const { call, receivers, until, startedAt } = asking
    const { clock, options } = this.#backend
    const recipient = { callId: call.callId, startedAt, nextToken: this.#nextToken }
    for (;;) {
      const { arrivals, problem } = await this.#collect(asking)
      const deliveries = await deliver(this.#backend, this.#leases, arrivals, recipient)
      if (deliveries.length > 0) return deliveries
      if (this.#isEnded(call)) return []
      if (problem !== undefined) throw problem
      const leftMs = until - clock.monotonic()
      if (leftMs <= 0) return []
      const seconds = Math.min(Math.ceil(leftMs / 1_000), options.longPollSeconds)
      for (const { receiver } of receivers) receiver.wait(call.max, seconds)
      if (!receivers.some(({ receiver }) => receiver.hasArrivals)) await this.#wait(call, leftMs)
    }
  }

  /** Takes what is there, queue by queue, and asks for more where there may be more. */
  async #collect({ call, receivers }: Asking): Promise<{
    readonly arrivals: readonly Arrival[]
    readonly problem: unknown
  }> {
    const arrivals: Arrival[] = []
    const open = new Map(call.queues.map((share) => [share, share.max]))
    let problem: unknown
    for (const { receiver, share } of receivers) {
      problem ??= receiver.takeProblem()
      const take = (): number => {
        const wanted = Math.min(open.get(share) ?? 0, call.max - arrivals.length)
        const taken = receiver.take(Math.max(0, wanted))
        arrivals.push(...taken)
        open.set(share, (open.get(share) ?? 0) - taken.length)
        return wanted - taken.length
      }
      const wanted = take()
      if (wanted <= 0 || this.#isEnded(call)) continue
      if (call.waitMs > 0 && needsNoLook(receiver, receivers.length)) continue
      try {
        await this.#unlessEnded(call, receiver.fetch(wanted))
      } catch (error) {
        problem ??= error
      }
      take()
    }
    return { arrivals, problem }
  }

  async #receiversFor({ queues }: ReserveCall): Promise<Asking['receivers']> {
    const bands = await Promise.all(queues.map((share) => this.#bandsOf(share)))
    return queues.flatMap((share, index) =>
      (bands[index] ?? []).map((band) => ({ share, receiver: this.#receiverOf(share.name, band) })),
    )
  }

  /** All queues are found or made at the same time; why one can't be is told when it is asked. */
  async #bandsOf({ name, priorities }: QueueShare): Promise<readonly Band[]> {
    const { queues, options } = this.#backend
    const asked = bandsIn(priorities)
    // Who wants all takes those that are in use. Who wants some waits for them, so that they must be there.
    const isForAll = asked.length === BANDS.length
    const needed = isForAll ? (['normal'] as const) : options.create ? asked : []
    await Promise.all(needed.map((band) => queues.use(name, band).catch(() => undefined)))
    const existing = await queues.bands(name)
    const found = asked.filter((band) => existing.includes(band))
    return found.length > 0 || isForAll ? found : asked
  }

  #receiverOf(queue: string, band: Band): Receiver {
    const key = `${band} ${queue}`
    let receiver = this.#receivers.get(key)
    if (receiver === undefined) {
      receiver = new Receiver(this.#backend, queue, band, () => this.#wake())
      this.#receivers.set(key, receiver)
    }
    return receiver
  }

  /** Sleeps until something arrives, the time is over, or the call has ended. */
  async #wait(call: ReserveCall, ms: number): Promise<void> {
    const { clock } = this.#backend
    await new Promise<void>((resolve) => {
      const done = () => {
        clock.clearTimeout(timer)
        this.#waiters.delete(done)
        for (const signal of this.#signalsOf(call)) signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = clock.setTimeout(done, ms)
      this.#waiters.add(done)
      for (const signal of this.#signalsOf(call)) signal.addEventListener('abort', done)
    })
  }

  #wake(): void {
    for (const waiter of [...this.#waiters]) waiter()
  }

  /** What some work comes to; `undefined` as soon as the call has ended. The work goes on: what it brings is sent back. */
  async #unlessEnded<T>(call: ReserveCall, work: Promise<T>): Promise<T | undefined> {
    if (this.#isEnded(call)) {
      work.catch(() => undefined)
      return undefined
    }
    const signals = this.#signalsOf(call)
    const { promise, resolve } = Promise.withResolvers<undefined>()
    const end = () => resolve(undefined)
    for (const signal of signals) signal.addEventListener('abort', end)
    try {
      return await Promise.race([work, promise])
    } finally {
      work.catch(() => undefined)
      for (const signal of signals) signal.removeEventListener('abort', end)
    }
  }

  #isEnded(call: ReserveCall): boolean {
    return this.#signalsOf(call).some(({ aborted }) => aborted)
  }

  #signalsOf({ signal }: ReserveCall): readonly AbortSignal[] {
    return signal === undefined ? [this.#closing.signal] : [this.#closing.signal, signal]
  }
}

/**
 * Whether a call that may wait need not look first. A receive that waits brings what is there at once, so a queue on its own is only
 * asked by it, as long as that does not come back full. With several queues a look keeps their order, but for those that are
 * known to be empty.
 */
function needsNoLook(receiver: Receiver, receivers: number): boolean {
  return receiver.isWaiting || receiver.isStillEmpty || (receivers === 1 && !receiver.isBusy)
}
