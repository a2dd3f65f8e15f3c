// The door for driver authors: the conformance suite, and what it takes to run it.

export { callId, type ReserveRequest, reserveCall } from './conformance/calls.ts'
export type { ConformanceCase, ConformanceTopic } from './conformance/case.ts'
export { CaseContext } from './conformance/context.ts'
export {
  type ConnectionOptions,
  type FacetName,
  type Harness,
  letTimePass,
  type Store,
  skewedClock,
  type UserTransaction,
} from './conformance/harness.ts'
export { type MixedStore, mixedHarness } from './conformance/mixed-harness.ts'
export {
  type BoundCase,
  type BoundTopic,
  conformance,
  describeConformance,
  runCase,
  type TestRunner,
} from './conformance/run.ts'
export { bury, cancel, complete, type Held, release, retry } from './conformance/settlements.ts'
export { newTask, newTasks, QUEUE, type TaskFields } from './conformance/tasks.ts'
export { topics } from './conformance/topics.ts'
export { type Trait, traitsOf } from './conformance/traits.ts'
export type { DriverOperation } from './driver-operation.ts'
export { type FaultOptions, Faults } from './faults.ts'
export { type FaultyDriver, type FaultyOptions, faulty } from './faulty-driver.ts'
