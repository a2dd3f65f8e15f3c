import { tests } from '../../vitest.shared.ts'

// The pages are opened in a browser, one after the other.
export default tests({ maxWorkers: 1, testTimeout: 60_000 })
