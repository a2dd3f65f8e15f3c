import type { Driver } from '../../src/contract/driver.ts'
import type { MemoryDriver } from '../../src/memory.ts'

/** The seven operations that every backend has, and the dead letters; no facet. */
export function bareDriver(full: MemoryDriver): Driver {
  return {
    name: 'bare',
    limits: full.limits,
    deadLetters: full.deadLetters,
    open: () => full.open(),
    close: () => full.close(),
    enqueue: (call) => full.enqueue(call),
    reserve: (call) => full.reserve(call),
    extend: (leases) => full.extend(leases),
    settle: (settlements) => full.settle(settlements),
  }
}
