import type { EventBus, EventChannel } from '../contract/facets/event-bus.ts'
import type { MemoryStore } from './memory-store.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryEvents(open: () => MemoryStore): EventBus {
  return {
    maxBytes: 64 * 1024 * 1024,
    publish: async (channel, messages) => {
      const listeners = open().listeners.get(keyOf(channel)) ?? []
      for (const message of messages) for (const listener of listeners) listener.message(message)
    },
    subscribe: async (channel, listener) => {
      const { listeners } = open()
      const ofChannel = listeners.get(keyOf(channel)) ?? new Set()
      listeners.set(keyOf(channel), ofChannel.add(listener))
      return async () => {
        ofChannel.delete(listener)
      }
    },
  }
}

/** A shared channel is another one than the store's own of that name. */
function keyOf(channel: EventChannel): string {
  return typeof channel === 'string' ? channel : `shared ${channel.shared}`
}
