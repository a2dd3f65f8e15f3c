import { createTasq } from '@tasq/core'
import { MemoryStore, memory, VirtualClock } from '@tasq/core/memory'
import { describe, test } from 'vitest'
import { type ConnectionOptions, describeConformance, type Harness } from '../src/conformance.ts'
import { type BrokerStore, memoryBroker } from './memory-broker.ts'

const limits = {
  maxPayloadBytes: 67_108_864,
  maxBatch: 1_000,
  maxBatchBytes: 67_108_864,
  lease: 'timed',
  order: 'fifo',
  priorities: 'exact',
  redelivers: true,
} as const

/** A broker alone, and one with a store beside it, in virtual time. */
function harness(name: string, isMixed: boolean): Harness {
  return {
    name,
    facets: isMixed
      ? ['backlog', 'cancellation', 'coordination', 'diagnostics', 'events', 'relay', 'results', 'retention']
      : ['backlog'],
    limits: isMixed ? { ...limits, fence: 'token' } : { ...limits, fence: 'delivery' },
    time: 'virtual',
    openStore: async () => {
      const clock = new VirtualClock()
      const broker: BrokerStore = { messages: new MemoryStore(clock), redeliveries: new Map() }
      const store = new MemoryStore(clock)
      return {
        clock,
        advance: (ms) => clock.advance(ms),
        driver: (_: ConnectionOptions = {}) =>
          isMixed
            ? createTasq({ driver: memoryBroker(broker), store: memory({ store }), clock }).driver
            : memoryBroker(broker),
        parts: () => ({ broker: memoryBroker(broker), store: memory({ store }) }),
        corrupt: async (ref) => {
          const task = broker.messages.findLive(ref)
          if (task === undefined) throw new Error(`there is no message of ${ref.id}`)
          task.problem = 'the message is torn'
        },
        close: async () => {},
      }
    },
  }
}

describe('a broker alone', () => {
  describeConformance(harness('memory-broker', false), { describe, test })
})

describe('a broker with a store', () => {
  describeConformance(harness('mixed memory', true), { describe, test })
})
