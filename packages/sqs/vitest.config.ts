import { tests } from '../../vitest.shared.ts'

// Most of these tests wait most of the time: SQS counts in whole seconds. So some files run beside one another.
export default tests({
  globalSetup: ['test/support/server.ts', 'test/support/redis-server.ts'],
  maxConcurrency: 40,
  maxWorkers: 2,
  testTimeout: 120_000,
})
