// What every driver must do beyond the conformance suite: in real processes, and with servers that fail.

export { describeFaults } from './faults.ts'
export { History } from './history.ts'
export { describeProcesses } from './processes.ts'
export { describeProperties } from './properties.ts'
export { describePublishedEvents } from './published-events.ts'
export type { DriverRecipe, DriverStore, FaultyStore, TestedDriver } from './store.ts'
