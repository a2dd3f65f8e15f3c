import type { Delivery } from '@tasq/core/driver'
import type { Arrival } from './arrivals.ts'
import { type Backend, secondsOf } from './backend.ts'
import type { Leases } from './leases.ts'
import { deliveryOf, leaseMsOf } from './tasks.ts'

/** A call to reserve, as far as its deliveries depend on it. */
export interface Recipient {
  readonly callId: string
  /** Monotonic time from which whoever called counts the leases. */
  readonly startedAt: number
  readonly nextToken: () => string
}

/**
 * Makes deliveries of what has come. Leases count from the start of the call; where SQS would end one sooner, it is renewed first, and
 * what can't be renewed is left to come again.
 */
export async function deliver(
  backend: Backend,
  leases: Leases,
  arrivals: readonly Arrival[],
  recipient: Recipient,
): Promise<readonly Delivery[]> {
  const now = backend.clock.monotonic()
  const ends = new Map<Arrival, number>()
  const short: Arrival[] = []
  for (const arrival of arrivals) {
    if (arrival.endsAt <= now) continue
    if (arrival.endsAt >= recipient.startedAt + leaseMsOf(arrival.read)) ends.set(arrival, arrival.endsAt)
    else short.push(arrival)
  }
  await renewAll(backend, short, ends)
  const deliveries: Delivery[] = []
  for (const arrival of arrivals) {
    const endsAt = ends.get(arrival)
    if (endsAt !== undefined) deliveries.push(hold(backend, leases, arrival, endsAt, recipient))
  }
  return deliveries
}

async function renewAll(
  backend: Backend,
  short: readonly Arrival[],
  ends: Map<Arrival, number>,
): Promise<void> {
  const parts = Map.groupBy(short, ({ source }) => source.url)
  await Promise.all(
    [...parts].map(async ([url, part]) => {
      const sentAt = backend.clock.monotonic()
      const changes = part.map(({ message, read }) => ({
        handle: message.handle,
        seconds: secondsOf(leaseMsOf(read)),
      }))
      const outcomes = await backend.changeVisibility(url, changes)
      part.forEach((arrival, index) => {
        const seconds = changes[index]?.seconds ?? 0
        if (outcomes[index] === undefined) ends.set(arrival, sentAt + seconds * 1_000)
      })
    }),
  )
}

function hold(
  backend: Backend,
  leases: Leases,
  { queue, band, source, message, read, receivedAt }: Arrival,
  endsAt: number,
  { callId, nextToken }: Recipient,
): Delivery {
  const delivery = deliveryOf(backend, queue, nextToken(), message, read)
  const state = { isPublished: false, doubt: undefined, settling: undefined }
  leases.add({ callId, delivery, band, source, message, read, receivedAt, endsAt, ...state })
  return delivery
}
