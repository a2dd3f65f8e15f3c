import { tests } from '../../vitest.shared.ts'

export default tests({ testTimeout: 120_000 })
