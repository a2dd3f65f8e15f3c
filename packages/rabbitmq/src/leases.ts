import { decodeTask, type StoredTask } from '@tasq/broker-kernel'
import type { Clock, Delivery, Lease, TimerHandle } from '@tasq/core/driver'
import type { Arrived } from './source.ts'
import { headers, numberIn } from './tasks.ts'

/** A task that this process holds: a message that is not answered yet. */
export interface Held {
  readonly lease: Lease
  readonly arrived: Arrived
  readonly callId: string
  readonly delivery: Delivery
  /** Absent where the body can't be read. */
  readonly task: StoredTask | undefined
  /** How often it was delivered before. */
  readonly redeliveries: number
  /** Monotonic time until which somebody cares for it. */
  until: number
  /** Set while it is being settled. */
  settling: boolean
  /** Ids of the follow-ups that were sent, where a settlement had to stop after some of them. */
  sent: ReadonlySet<string>
}

/** Of a task whose own can't be read. */
const CORRUPT_LEASE_MS = 30_000
/** The server knows no time of a lease. One that nobody renews any more is handed back this much later. */
const GRACE_MS = 2_000
const SWEEP_MS = 1_000
const NONE: ReadonlySet<string> = new Set()

/** What is held on one channel. */
export class Leases {
  /** Gives one back to the server. */
  readonly #reject: (arrived: Arrived) => void
  readonly #clock: Clock
  /** Part of the tokens. */
  readonly #name: string
  readonly #held = new Map<string, Held>()
  #timer: TimerHandle | undefined
  #ended = false

  constructor(name: string, clock: Clock, reject: (arrived: Arrived) => void) {
    this.#reject = reject
    this.#name = name
    this.#clock = clock
  }

  find({ queue, id, token }: Lease): Held | undefined {
    const held = this.#held.get(token)
    return held !== undefined && held.lease.queue === queue && held.lease.id === id ? held : undefined
  }

  heldBy(callId: string): readonly Held[] {
    return [...this.#held.values()].filter((held) => held.callId === callId)
  }

  /** From now on they are held. */
  take(messages: readonly Arrived[], callId: string): readonly Delivery[] {
    const now = Math.round(this.#clock.now())
    const deliveries = messages.map((arrived) => {
      const held = this.#heldOf(arrived, callId, now)
      this.#held.set(held.lease.token, held)
      return held.delivery
    })
    this.#watch()
    return deliveries
  }

  /** For so long from now somebody cares for it. */
  renew(held: Held, leaseMs: number): void {
    held.until = this.#clock.monotonic() + leaseMs
  }

  release(held: Held): void {
    this.#held.delete(held.lease.token)
  }

  /** The channel is closed, and with it all of them are over. */
  end(): void {
    this.#ended = true
    this.#held.clear()
    if (this.#timer !== undefined) this.#clock.clearTimeout(this.#timer)
  }

  #heldOf(arrived: Arrived, callId: string, now: number): Held {
    const { message, tap } = arrived
    const { properties, fields, content } = message
    const lease: Lease = {
      queue: tap.source.queue,
      id: typeof properties.messageId === 'string' ? properties.messageId : `unnamed-${fields.deliveryTag}`,
      token: `${this.#name}.${fields.deliveryTag}`,
    }
    const redeliveries = redeliveriesOf(arrived)
    const { task, problem } = read(content)
    const delivery = deliveryOf(lease, arrived, task, problem, redeliveries, now)
    const leaseMs = delivery.kind === 'task' ? delivery.envelope.leaseMs : delivery.leaseMs
    const until = this.#clock.monotonic() + leaseMs
    return { lease, arrived, callId, delivery, task, redeliveries, until, settling: false, sent: NONE }
  }

  #watch(): void {
    if (this.#timer !== undefined || this.#held.size === 0 || this.#ended) return
    this.#timer = this.#clock.setTimeout(() => {
      this.#timer = undefined
      this.#sweep()
      this.#watch()
    }, SWEEP_MS)
  }

  /** A worker that has given up a task, or has lost it by its own clock, does not say so. */
  #sweep(): void {
    const oldest = this.#clock.monotonic() - GRACE_MS
    for (const held of this.#held.values()) {
      if (held.settling || held.until >= oldest) continue
      this.release(held)
      this.#reject(held.arrived)
    }
  }
}

/** How often the server has delivered it before, to whomever. */
export function redeliveriesOf({ message: { properties } }: Arrived): number {
  return numberIn(properties.headers, 'x-delivery-count') + numberIn(properties.headers, headers.redeliveries)
}

function deliveryOf(
  lease: Lease,
  { message: { properties } }: Arrived,
  task: StoredTask | undefined,
  problem: string,
  redeliveries: number,
  now: number,
): Delivery {
  if (task === undefined) {
    const attempt = numberIn(properties.headers, headers.attempts) + 1
    return { kind: 'corrupt', lease, problem, attempt, leaseMs: CORRUPT_LEASE_MS, now }
  }
  const { envelope, attempts, enqueuedAt, readyAt, expiresAt, history } = task
  const times = { enqueuedAt, readyAt: Math.min(readyAt, now), expiresAt }
  return { kind: 'task', lease, envelope, attempt: attempts + 1, ...times, history, redeliveries, now }
}

function read(content: Buffer): { readonly task: StoredTask | undefined; readonly problem: string } {
  try {
    return { task: decodeTask(content), problem: '' }
  } catch (error) {
    return { task: undefined, problem: error instanceof Error ? error.message : String(error) }
  }
}
