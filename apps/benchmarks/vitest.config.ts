import { tests } from '../../vitest.shared.ts'

export default tests({ testTimeout: 300_000 })
