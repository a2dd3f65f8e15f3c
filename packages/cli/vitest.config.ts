import { tests } from '../../vitest.shared.ts'

// Most of the time a command in another process is waited for.
export default tests({
  globalSetup: ['@tasq/test-support/one-of-each-server'],
  maxWorkers: 2,
  testTimeout: 60_000,
})
