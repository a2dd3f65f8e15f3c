import { type MemoryDriver, type MemoryStore, memory } from '@tasq/core/memory'
import type { ConnectionOptions } from '../../src/conformance.ts'
import { intercept } from '../../src/intercept.ts'
import type { MakeDriver } from '../memory-harness.ts'

/** The memory driver with one thing wrong. */
export interface Mutant {
  readonly name: string
  readonly makeDriver: MakeDriver
  /** Topics that must go red. */
  readonly red: readonly string[]
  /** Nearly everything goes wrong, so that only the named topics are worth a look. @default false */
  readonly spreads?: boolean
}

/** A task as the memory driver keeps it. */
export type LiveTask = NonNullable<ReturnType<MemoryStore['findLive']>>

/** What a mutation may replace, and what it may look at. */
type Mutation = (
  driver: MemoryDriver,
  store: MemoryStore,
  options: ConnectionOptions,
) => Partial<MemoryDriver>

/** Drivers of which something is replaced. */
export function replacing(mutation: Mutation): MakeDriver {
  return (store, options) => {
    const driver = memory({ store })
    return intercept(driver, [], () => undefined, new Map(Object.entries(mutation(driver, store, options))))
  }
}

/** Sound drivers on a store in which something is broken, once. */
export function breaking(breakStore: (store: MemoryStore) => void): MakeDriver {
  const broken = new WeakSet<MemoryStore>()
  return (store) => {
    if (!broken.has(store)) breakStore(store)
    broken.add(store)
    return memory({ store })
  }
}

/** Does something, and wakes nobody who waits for tasks. */
export function quietly<Value>({ wakeups }: MemoryStore, work: () => Value): Value {
  const { notify } = wakeups
  wakeups.notify = () => {}
  try {
    return work()
  } finally {
    wakeups.notify = notify
  }
}
