import { setTimeout as sleep } from 'node:timers/promises'
import { systemClock } from '@tasq/core/driver'
import { type MemoryDriver, MemoryStore, memory, VirtualClock } from '@tasq/core/memory'
import type { ConnectionOptions, Harness, Store } from '../src/conformance.ts'

/** Makes a driver on a store. Mutants make one that is broken in some way. */
export type MakeDriver = (store: MemoryStore, options: ConnectionOptions) => MemoryDriver

const makeMemory: MakeDriver = (store) => memory({ store })

const declared: Pick<Harness, 'name' | 'facets' | 'limits'> = {
  name: 'memory',
  facets: [
    'coordination',
    'diagnostics',
    'events',
    'inspection',
    'ledger',
    'recovery',
    'results',
    'retention',
  ],
  limits: {
    maxPayloadBytes: 67_108_864,
    maxBatch: 1_000,
    maxBatchBytes: 67_108_864,
    lease: 'timed',
    fence: 'token',
    order: 'fifo',
    priorities: 'exact',
  },
}

/** The memory driver, on a virtual clock of its own for each store. */
export function memoryHarness(makeDriver: MakeDriver = makeMemory): Harness {
  return {
    ...declared,
    time: 'virtual',
    openStore: async () => {
      const clock = new VirtualClock()
      return openStore(new MemoryStore(clock), (ms) => clock.advance(ms), makeDriver)
    },
  }
}

/** The memory driver in real time, as the suite meets the drivers of servers. */
export const realTimeHarness: Harness = {
  ...declared,
  time: 'real',
  openStore: async () => openStore(new MemoryStore(systemClock), sleep, makeMemory),
}

function openStore(
  store: MemoryStore,
  advance: (ms: number) => Promise<unknown>,
  makeDriver: MakeDriver,
): Store {
  return {
    clock: store.clock,
    advance: async (ms) => void (await advance(ms)),
    driver: (options = {}) => makeDriver(store, options),
    corrupt: async (ref) => {
      const task = store.findLive(ref)
      if (task === undefined) throw new Error(`There is no task ${ref.id} to corrupt`)
      task.problem = 'it was made unreadable by hand'
    },
    close: async () => {},
  }
}
