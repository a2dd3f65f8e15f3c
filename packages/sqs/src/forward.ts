import type { Arrival } from './arrivals.ts'
import type { Backend } from './backend.ts'
import { AT_ONCE, delayOf } from './delays.ts'
import { type Outgoing, sentOn } from './messages.ts'

type Handled = Pick<Arrival, 'source' | 'message'>

/**
 * Sends messages on that are not due. In a standard queue each is stored anew for the rest of its time, confirmed, and then deleted: who dies
 * between the two leaves two of them, never none. In a FIFO queue, whose messages can't be delayed, it stays and is hidden.
 */
export async function hopOn(
  backend: Backend,
  early: readonly { readonly arrival: Handled; readonly restMs: number }[],
): Promise<void> {
  if (backend.isFifo) {
    await bySource(
      early,
      (each) => each.arrival.source.url,
      (url, part) =>
        backend.changeVisibility(
          url,
          part.map(({ arrival, restMs }) => ({
            handle: arrival.message.handle,
            seconds: Math.ceil(restMs / 1_000),
          })),
        ),
    )
    return
  }
  await resend(
    backend,
    early.map(({ arrival, restMs }) => ({
      ...arrival,
      again: sentOn(arrival.message, delayOf(restMs, backend.options), false),
    })),
  )
}

/**
 * Gives back what was received and nobody has begun. It is stored anew and not just made visible again, because that would count as one
 * more delivery without an answer: passed on by many workers that stop, it would seem to be what kills them. Only where a group has an order
 * it stays in its place.
 */
export async function sendBack(backend: Backend, arrivals: readonly Handled[]): Promise<void> {
  if (backend.options.fifo?.groupOf !== undefined) {
    await bySource(
      arrivals,
      ({ source }) => source.url,
      (url, part) =>
        backend.changeVisibility(
          url,
          part.map(({ message }) => ({ handle: message.handle, seconds: 0 })),
        ),
    )
    return
  }
  await resend(
    backend,
    arrivals.map((arrival) => ({ ...arrival, again: sentOn(arrival.message, AT_ONCE, backend.isFifo) })),
  )
}

async function resend(
  backend: Backend,
  messages: readonly (Handled & { readonly again: Outgoing })[],
): Promise<void> {
  await bySource(
    messages,
    ({ source }) => source.url,
    async (url, part) => {
      const outcomes = await backend.send(
        url,
        part.map(({ again }) => again),
      )
      const stored = part.filter((_, index) => outcomes[index] === undefined)
      if (stored.length > 0)
        await backend.delete(
          url,
          stored.map(({ message }) => message.handle),
        )
    },
  )
}

async function bySource<Item>(
  items: readonly Item[],
  urlOf: (item: Item) => string,
  work: (url: string, part: readonly Item[]) => Promise<unknown>,
): Promise<void> {
  await Promise.all([...Map.groupBy(items, urlOf)].map(([url, part]) => work(url, part)))
}
