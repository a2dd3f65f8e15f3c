import { tests } from '../../vitest.shared.ts'

// Most of these tests wait most of the time: SQS counts in whole seconds.
export default tests({
  globalSetup: ['test/support/server.ts', 'test/support/redis-server.ts'],
  maxConcurrency: 12,
  maxWorkers: 1,
  testTimeout: 120_000,
})
