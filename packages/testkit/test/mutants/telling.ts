import type { EventBus, EventChannel, EventListener } from '@tasq/core/driver'
import { MemoryStore, memory } from '@tasq/core/memory'
import { type Mutant, replacing } from './mutant.ts'

/** Drivers that treat messages in another way. */
function telling(change: (bus: EventBus, store: MemoryStore) => Partial<EventBus>) {
  return replacing(({ events }, store) => ({ events: { ...events, ...change(events, store) } }))
}

/** Drivers that send something else than they are given. */
function sending(change: (messages: readonly string[]) => readonly string[]) {
  return telling(({ publish }) => ({
    publish: (channel, messages) => publish(channel, change(messages)),
  }))
}

function listenersOf({ listeners }: MemoryStore): readonly EventListener[] {
  return [...listeners.values()].flatMap((each) => [...each])
}

/** Under which name the memory driver has a channel. */
function keyOf(channel: EventChannel): string {
  return typeof channel === 'string' ? channel : `shared ${channel.shared}`
}

/** One bus for all stores that there are. */
const everywhere = memory().events

const red = ['events between processes']

export const tellingMutants: readonly Mutant[] = [
  {
    name: 'messages that stay in their process',
    red,
    makeDriver: telling((_, { clock }) => memory({ store: new MemoryStore(clock) }).events),
  },
  {
    name: 'messages that do not reach who sent them',
    red,
    makeDriver: telling(({ publish, subscribe }, { listeners }) => {
      const own = new Set<EventListener>()
      return {
        publish: async (channel, messages) => {
          const all = listeners.get(keyOf(channel)) ?? new Set()
          const mine = [...all].filter((each) => own.has(each))
          for (const each of mine) all.delete(each)
          await publish(channel, messages)
          for (const each of mine) all.add(each)
        },
        subscribe: (channel, listener) => {
          own.add(listener)
          return subscribe(channel, listener)
        },
      }
    }),
  },
  { name: 'messages in another order', red, makeDriver: sending((messages) => messages.toReversed()) },
  {
    name: 'messages that are too many for one call',
    red,
    makeDriver: sending((messages) => messages.slice(0, 100)),
  },
  {
    name: 'messages that are cut off',
    red,
    makeDriver: sending((messages) => messages.map((text) => text.slice(0, 8_000))),
  },
  {
    name: 'messages in one byte a character',
    red,
    makeDriver: sending((messages) => messages.map((text) => Buffer.from(text, 'latin1').toString('latin1'))),
  },
  {
    name: 'messages that fail where nobody listens',
    red,
    makeDriver: telling(({ publish }, { listeners }) => ({
      publish: async (channel, messages) => {
        if (!listeners.has(keyOf(channel))) throw new Error('NO_RESPONDERS')
        await publish(channel, messages)
      },
    })),
  },
  {
    name: 'messages of all channels to everybody',
    red,
    makeDriver: telling((_, store) => ({
      publish: async (_channel, messages) => {
        for (const text of messages) for (const each of listenersOf(store)) each.message(text)
      },
    })),
  },
  {
    name: 'messages of other stores',
    red,
    makeDriver: telling(() => everywhere),
  },
  {
    name: 'shared channels that are not heard',
    red,
    makeDriver: telling(({ subscribe }) => ({
      subscribe: async (channel, listener) =>
        typeof channel === 'string' ? await subscribe(channel, listener) : async () => {},
    })),
  },
  {
    name: 'wake-ups that are heard as messages',
    red,
    makeDriver: replacing((driver, store) => ({
      enqueue: async (call) => {
        const answers = await driver.enqueue(call)
        for (const each of listenersOf(store)) each.message(call.tasks[0]?.envelope.queue ?? '')
        return answers
      },
    })),
  },
  {
    name: 'listening that does not stop',
    red,
    makeDriver: telling(({ subscribe }) => ({
      subscribe: async (channel, listener) => {
        await subscribe(channel, listener)
        return async () => {}
      },
    })),
  },
  {
    name: 'listening that stops for all of the channel',
    red,
    makeDriver: telling(({ subscribe }, { listeners }) => ({
      subscribe: async (channel, listener) => {
        await subscribe(channel, listener)
        return async () => listeners.get(keyOf(channel))?.clear()
      },
    })),
  },
  {
    name: 'listening that can be stopped once',
    red,
    makeDriver: telling(({ subscribe }) => ({
      subscribe: async (channel, listener) => {
        const stop = await subscribe(channel, listener)
        let isStopped = false
        return async () => {
          if (isStopped) throw new Error('it does not listen')
          isStopped = true
          await stop()
        }
      },
    })),
  },
]
