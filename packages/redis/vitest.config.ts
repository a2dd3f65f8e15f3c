import { tests } from '../../vitest.shared.ts'

// Most of these tests wait most of the time: for leases to end, for servers to come back. So some files run beside one another.
export default tests({
  globalSetup: ['test/support/server.ts'],
  maxConcurrency: 12,
  maxWorkers: 2,
  testTimeout: 120_000,
})
