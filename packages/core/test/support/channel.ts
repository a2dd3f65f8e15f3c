import type { EventListener } from '../../src/contract/facets/event-bus.ts'
import type { MemoryStore } from '../../src/memory.ts'

/** Where events go unless another channel is named. */
export const EVENT_CHANNEL = 'tasq:events'

/** Hears what is sent on a channel of the memory driver, as a program would that is not Tasq. */
export function listenTo(store: MemoryStore, channel = EVENT_CHANNEL) {
  const messages: string[] = []
  listenersOf(store, channel).add({ message: (text) => void messages.push(text), missed: () => undefined })
  return {
    messages,
    get events(): readonly { readonly name: string; readonly sequence: number }[] {
      return messages.map((text) => JSON.parse(text))
    },
  }
}

/** Who listens to it. */
export function listenersOf({ listeners }: MemoryStore, channel = EVENT_CHANNEL): Set<EventListener> {
  const key = `shared ${channel}`
  const ofChannel = listeners.get(key) ?? new Set()
  listeners.set(key, ofChannel)
  return ofChannel
}
