import { mergeConfig } from 'vitest/config'
import { tests } from '../../vitest.shared.ts'

// Most of these tests wait most of the time: for leases to end, for servers to come back. So some files run beside one another.
export default mergeConfig(
  tests({ globalSetup: ['test/support/server.ts'], maxConcurrency: 40, testTimeout: 120_000 }),
  {
    test: { maxWorkers: 2 },
  },
)
