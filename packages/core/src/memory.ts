// The memory driver and its clock, for tests.

export type { CancelRequest } from './contract/delivery.ts'
export { type MemoryDriver, type MemoryOptions, memory } from './memory/memory-driver.ts'
export { MemoryStore } from './memory/memory-store.ts'
export { VirtualClock } from './memory/virtual-clock.ts'
