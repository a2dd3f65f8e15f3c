import type { EventBus } from '../contract/facets/event-bus.ts'
import type { MemoryStore } from './memory-store.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryEvents(open: () => MemoryStore): EventBus {
  return {
    maxBytes: 64 * 1024 * 1024,
    publish: async (channel, messages) => {
      const listeners = open().listeners.get(channel) ?? []
      for (const message of messages) for (const listener of listeners) listener.message(message)
    },
    subscribe: async (channel, listener) => {
      const { listeners } = open()
      const ofChannel = listeners.get(channel) ?? new Set()
      listeners.set(channel, ofChannel.add(listener))
      return async () => {
        ofChannel.delete(listener)
      }
    },
  }
}
