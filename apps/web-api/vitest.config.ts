import { tests } from '../../vitest.shared.ts'

// A server is started in one of its tests.
export default tests({ testTimeout: 60_000 })
