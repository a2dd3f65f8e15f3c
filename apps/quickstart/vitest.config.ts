import { tests } from '../../vitest.shared.ts'

export default tests({ globalSetup: ['@tasq/test-support/one-of-each-server'] })
