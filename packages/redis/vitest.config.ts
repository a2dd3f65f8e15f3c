import { tests } from '../../vitest.shared.ts'

export default tests({ globalSetup: ['test/support/server.ts'], maxConcurrency: 150 })
