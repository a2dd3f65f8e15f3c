import { tests } from '../../vitest.shared.ts'

// Most of the time workers of other processes are waited for.
export default tests({
  globalSetup: ['@tasq/test-support/one-of-each-server'],
  maxWorkers: 2,
  testTimeout: 60_000,
})
