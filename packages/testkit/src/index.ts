// The door for tests of applications.

export { VirtualClock } from '@tasq/core/memory'
export type { DriverOperation } from './driver-operation.ts'
export { NoResultError, NotDrainedError } from './errors.ts'
export { type FaultOptions, Faults } from './faults.ts'
export { type FaultyDriver, type FaultyOptions, faulty } from './faulty-driver.ts'
export { type InlineOverrides, runInline } from './run-inline.ts'
export { createTestTasq, TestTasq, type TestTasqOptions } from './test-tasq/create-test-tasq.ts'
export type { EnqueuedTask, PartialInput } from './test-tasq/enqueued-task.ts'
export type { RunReport } from './test-tasq/run-report.ts'
