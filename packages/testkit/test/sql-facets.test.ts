import type { Driver, NewTask, Transactions } from '@tasq/core/driver'
import { type MemoryStore, memory } from '@tasq/core/memory'
import { describe, expect, test } from 'vitest'
import type { Harness, UserTransaction } from '../src/conformance.ts'
import { intercept } from '../src/intercept.ts'
import { memoryHarness } from './memory-harness.ts'
import { redCases } from './run-all.ts'

/** A client of the user's, as far as the memory driver can have one: what it wrote can be taken back. */
class Client {
  readonly written: NewTask[] = []
}

interface Faults {
  readonly rollsBack?: boolean
  readonly acceptsAnything?: boolean
  readonly pending?: readonly string[]
}

/** The memory driver with the two facets that only SQL drivers have, in their plainest form. */
function sqlHarness({ rollsBack = true, acceptsAnything = false, pending = [] }: Faults = {}): Harness {
  const stores = new WeakMap<object, MemoryStore>()
  const makeDriver = (store: MemoryStore) => {
    stores.set(store.clock, store)
    const transactions: Transactions<Client> = {
      expects: 'a Client',
      accepts: (candidate) => acceptsAnything || candidate instanceof Client,
      enqueue: async (client, tasks) => {
        client.written.push(...tasks)
        return tasks.map((task) => store.insert(task))
      },
    }
    const migrations: Driver['migrations'] = { pending: async () => pending, apply: async () => pending }
    const facets = new Map<string, unknown>([
      ['transactions', transactions],
      ['migrations', migrations],
    ])
    return intercept(memory({ store }), [], () => undefined, facets)
  }
  const inner = memoryHarness(makeDriver)
  return {
    ...inner,
    facets: [...inner.facets, 'transactions', 'migrations'],
    openStore: async () => {
      const store = await inner.openStore()
      return { ...store, beginTransaction: async () => begin(stores.get(store.clock), rollsBack) }
    },
  }
}

function begin(store: MemoryStore | undefined, rollsBack: boolean): UserTransaction {
  const client = new Client()
  return {
    client,
    commit: async () => {},
    rollback: async () => {
      for (const { envelope } of rollsBack ? client.written : []) {
        const task = store?.findLive(envelope)
        if (task !== undefined) store?.remove(task)
      }
    },
  }
}

const topics = ['facets and limits', 'transactions', 'migrations']

describe('the facets of SQL drivers', () => {
  test('a driver that has them passes', async () => {
    expect(await redCases(sqlHarness(), topics)).toEqual([])
  })

  test.for<[string, Faults, string]>([
    ['rolling back nothing', { rollsBack: false }, 'transactions'],
    ['taking anything for a client', { acceptsAnything: true }, 'transactions'],
    ['steps that stay pending', { pending: ['001-tasks'] }, 'migrations'],
  ])('%s is caught', async ([, faults, topic]) => {
    const red = await redCases(sqlHarness(faults), topics)
    expect([...new Set(red.map((each) => each.topic))]).toEqual([topic])
  })

  test('a harness that declares transactions and can’t begin one fails', async () => {
    const harness = sqlHarness()
    const openStore = async () => {
      const { beginTransaction: _, ...store } = await harness.openStore()
      return store
    }
    const red = await redCases({ ...harness, openStore }, ['transactions'])
    expect(red.length).toBeGreaterThan(0)
    expect(String(red[0]?.error)).toContain('its stores need beginTransaction()')
  })
})
