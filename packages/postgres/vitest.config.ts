import { tests } from '../../vitest.shared.ts'

// Most of these tests wait for a server most of their time, so that more of their files may run than there are cores.
export default tests({
  globalSetup: ['test/support/servers.ts'],
  maxConcurrency: 16,
  maxWorkers: 2,
  testTimeout: 120_000,
})
