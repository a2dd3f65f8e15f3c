import { tests } from '../../vitest.shared.ts'

// Most of these tests wait most of the time: for delays, for servers to come back. So some files run beside one another.
export default tests({
  globalSetup: ['test/support/server.ts', 'test/support/store-servers.ts'],
  maxConcurrency: 10,
  maxWorkers: 2,
  testTimeout: 120_000,
})
