import { memory } from '@tasq/core/memory'
import { intercept } from '../../src/intercept.ts'
import type { MakeDriver } from '../memory-harness.ts'
import { type Mutant, replacing } from './mutant.ts'

/** Drivers that answer with nothing done where there is nothing to do, which goes wrong. */
const failsOnNothing = replacing((driver) => ({
  enqueue: async (call) => (call.tasks.length === 0 ? [{ status: 'created' }] : await driver.enqueue(call)),
  extend: async (leases) => (leases.length === 0 ? ['held'] : await driver.extend(leases)),
  settle: async (settlements) => (settlements.length === 0 ? ['settled'] : await driver.settle(settlements)),
}))

/** Drivers that have lost something that they are declared to have. */
function without(key: 'results' | 'recovery'): MakeDriver {
  return (store) => intercept(memory({ store }), [], () => undefined, new Map([[key, undefined]]))
}

/** Opening empties the store. */
const forgetsAtOpen = replacing((driver, store) => ({
  open: async () => {
    for (const task of [...store.live.values()]) store.remove(task)
    await driver.open()
  },
}))

/** Whoever closes, closes for all. */
const closesForAll: MakeDriver = (store) => {
  const driver = memory({ store })
  const drivers = closable.get(store) ?? []
  closable.set(store, [...drivers, driver])
  const close = async () => {
    await Promise.all((closable.get(store) ?? []).map((each) => each.close()))
  }
  return intercept(driver, [], () => undefined, new Map([['close', close]]))
}

const closable = new WeakMap<object, readonly ReturnType<typeof memory>[]>()

export const shapeMutants: readonly Mutant[] = [
  { name: 'a facet that was lost', makeDriver: without('results'), red: ['facets and limits', 'results'] },
  {
    name: 'no recovery',
    makeDriver: without('recovery'),
    red: ['facets and limits', 'fencing', 'leases', 'recovery', 'repeats of a reserve', 'unreadable tasks'],
  },
  {
    name: 'a facet that nobody declared',
    makeDriver: replacing(() => ({
      migrations: { pending: async () => [], apply: async () => [] },
    })),
    red: ['facets and limits'],
  },
  {
    name: 'a facet of which a part is missing',
    makeDriver: (store) => {
      const driver = memory({ store })
      Reflect.deleteProperty(driver.inspection, 'purge')
      return driver
    },
    red: ['changing tasks', 'facets and limits', 'unique keys'],
  },
  {
    name: 'other limits than declared',
    makeDriver: replacing(({ limits }) => ({ limits: { ...limits, maxBatch: 5 } })),
    red: ['facets and limits'],
  },
  {
    name: 'another name in each process',
    makeDriver: replacing(() => ({ name: `memory-${Math.random().toString(36).slice(2)}` })),
    red: ['facets and limits'],
  },
  {
    name: 'wrong answers where nothing is asked',
    makeDriver: failsOnNothing,
    red: ['enqueue', 'leases', 'settle'],
  },
  { name: 'an opening that empties the store', makeDriver: forgetsAtOpen, red: ['opening and closing'] },
  { name: 'one close for all processes', makeDriver: closesForAll, red: ['opening and closing'] },
  {
    name: 'an opening that only one process survives',
    makeDriver: replacing((driver, store) => ({
      open: async () => {
        if (store.receipts.has('opening')) throw new Error('database is locked')
        store.remember('opening', [])
        await driver.open()
        await Promise.resolve()
        store.receipts.delete('opening')
      },
    })),
    red: ['opening and closing'],
  },
  {
    name: 'a close that can be called once',
    makeDriver: replacing((driver) => {
      let closed = false
      return {
        close: async () => {
          if (closed) throw new Error('it is not open')
          closed = true
          await driver.close()
        },
      }
    }),
    red: ['opening and closing'],
  },
  {
    name: 'a close that is for good',
    makeDriver: replacing((driver) => {
      let opened = false
      return {
        open: async () => {
          if (opened) return
          opened = true
          await driver.open()
        },
      }
    }),
    red: ['opening and closing', 'repeats of a reserve'],
  },
  {
    name: 'a close that closes nothing',
    makeDriver: replacing(() => ({ close: async () => {} })),
    red: ['opening and closing'],
  },
  {
    name: 'errors of its own kind after a close',
    makeDriver: replacing((driver) => ({
      enqueue: async (call) => {
        try {
          return await driver.enqueue(call)
        } catch {
          throw new Error('connection terminated')
        }
      },
    })),
    red: ['opening and closing'],
  },
]
