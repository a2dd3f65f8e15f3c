import { tests } from '../../vitest.shared.ts'

export default tests({ globalSetup: ['test/support/servers.ts'], maxConcurrency: 16, maxWorkers: 3 })
