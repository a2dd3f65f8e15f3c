import type { Band } from '@tasq/broker-kernel'
import type {
  Clock,
  Delivery,
  ExtendAnswer,
  Extension,
  Lease,
  SettleAnswer,
  TasqError,
} from '@tasq/core/driver'
import { type Backend, secondsOf } from './backend.ts'
import { LONGEST_VISIBILITY_SECONDS } from './delays.ts'
import { isStaleHandle } from './errors.ts'
import type { Incoming } from './messages.ts'
import type { SqsQueue } from './queues.ts'
import type { Read } from './tasks.ts'

/** One delivery in the hands of this process. All times are monotonic. */
export interface Held {
  readonly callId: string
  readonly delivery: Delivery
  readonly band: Band
  readonly source: SqsQueue
  readonly message: Incoming
  readonly read: Read
  /** When the receive was sent that brought it: SQS lets nobody hold a message for more than 12 hours from then. */
  readonly receivedAt: number
  /** When its visibility timeout is over at the earliest. */
  endsAt: number
  /** What takes its place is stored already, and only its deletion is left. */
  isPublished: boolean
  /** Ids of what is to follow it and is stored already, where not all of that could be stored. */
  followed?: ReadonlySet<string>
  /** Why nobody knows whether it was settled; it may have been. */
  doubt: TasqError | undefined
  /** The settlement that is under way. */
  settling: Promise<SettleAnswer> | undefined
}

/** Settled leases that are remembered, so that a repeat is answered as its first try was. */
const MOST_REMEMBERED = 10_000
/** Leases that have been over for so long are forgotten, when so many were made since. */
const REMEMBERED_MS = 60_000
const SWEEP_EVERY = 1_000
const MARGIN_MS = 2_000

/**
 * What this process holds. SQS knows a delivery by its receipt handle and may accept one that is outdated, so whether a lease is
 * over is decided here, by its visibility timeout as it was last confirmed, counted from when that was asked for.
 */
export class Leases {
  readonly #clock: Clock
  readonly #held = new Map<string, Held>()
  readonly #settled = new Set<string>()
  #made = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(held: Held): void {
    this.#held.set(held.delivery.lease.token, held)
    if (++this.#made % SWEEP_EVERY === 0) this.#sweep()
  }

  /** The delivery that a lease stands for; `undefined` where it is over, settled or made up. */
  find(lease: Lease): Held | undefined {
    const held = this.#madeBy(lease)
    if (held === undefined) return undefined
    return this.#clock.monotonic() < held.endsAt || held.settling !== undefined ? held : undefined
  }

  /** What is known of a lease that is not held any more. */
  answerFor(lease: Lease): SettleAnswer {
    if (this.#settled.has(lease.token)) return 'settled'
    const doubt = this.#madeBy(lease)?.doubt
    return doubt === undefined ? 'lost' : { rejected: doubt }
  }

  /** What a call to reserve still holds. */
  heldBy(callId: string): readonly Delivery[] {
    const now = this.#clock.monotonic()
    const deliveries: Delivery[] = []
    for (const held of this.#held.values()) {
      if (held.callId === callId && held.settling === undefined && now < held.endsAt)
        deliveries.push(held.delivery)
    }
    return deliveries
  }

  settle({ delivery }: Held): void {
    const { token } = delivery.lease
    this.#held.delete(token)
    this.#settled.add(token)
    if (this.#settled.size <= MOST_REMEMBERED) return
    for (const oldest of this.#settled) {
      this.#settled.delete(oldest)
      break
    }
  }

  #madeBy({ token, queue, id }: Lease): Held | undefined {
    const held = this.#held.get(token)
    const lease = held?.delivery.lease
    return lease?.id === id && lease.queue === queue ? held : undefined
  }

  /** Its handle is outdated: by somebody else's receive, or by a deletion of ours of which nobody heard. */
  lose(held: Held): void {
    held.endsAt = Math.min(held.endsAt, this.#clock.monotonic())
  }

  #sweep(): void {
    const then = this.#clock.monotonic() - REMEMBERED_MS
    for (const [token, held] of this.#held) if (held.endsAt < then) this.#held.delete(token)
  }
}

/** Renews leases, queue by queue. What can't be renewed now and is not lost makes the call reject; it may be made again. */
export async function extend(
  backend: Backend,
  leases: Leases,
  extensions: readonly Extension[],
): Promise<readonly ExtendAnswer[]> {
  const answers: ExtendAnswer[] = extensions.map(() => 'lost')
  const parts = new Map<string, Renewal[]>()
  extensions.forEach(({ lease, leaseMs }, index) => {
    const held = leases.find(lease)
    const seconds = held === undefined ? 0 : grantable(held, leaseMs, backend.clock.monotonic())
    if (held === undefined || seconds === 0) return
    const part = parts.get(held.source.url)
    if (part === undefined) parts.set(held.source.url, [{ held, seconds, index }])
    else part.push({ held, seconds, index })
  })
  const problems = await Promise.all(
    [...parts].map(([url, part]) => renew(backend, leases, url, part, answers)),
  )
  const problem = problems.find((each) => each !== undefined)
  if (problem !== undefined) throw problem
  return answers
}

interface Renewal {
  readonly held: Held
  readonly seconds: number
  readonly index: number
}

async function renew(
  backend: Backend,
  leases: Leases,
  url: string,
  part: readonly Renewal[],
  answers: ExtendAnswer[],
): Promise<Error | undefined> {
  const sentAt = backend.clock.monotonic()
  const changes = part.map(({ held, seconds }) => ({ handle: held.message.handle, seconds }))
  const outcomes = await backend.changeVisibility(url, changes)
  let problem: Error | undefined
  part.forEach(({ held, seconds, index }, position) => {
    const outcome = outcomes[position]
    if (outcome === undefined) {
      held.endsAt = sentAt + seconds * 1_000
      answers[index] = 'held'
    } else if (outcome.entry !== undefined && isStaleHandle(outcome.entry)) leases.lose(held)
    else problem ??= outcome.error
  })
  return problem
}

/**
 * For how many seconds a lease may be renewed; 0 where it must end. SQS counts 12 hours from the receive: who reaches them is told at
 * the last renewal before.
 */
function grantable(held: Held, leaseMs: number, now: number): number {
  const leftMs = held.receivedAt + LONGEST_VISIBILITY_SECONDS * 1_000 - now - MARGIN_MS
  if (leftMs >= leaseMs) return secondsOf(leaseMs)
  return leftMs > leaseMs / 3 + MARGIN_MS ? Math.floor(leftMs / 1_000) : 0
}
