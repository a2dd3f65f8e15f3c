import { startPostgres } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** URLs of the servers that the tests share, for a user who may do everything. */
    readonly postgresUrl: string
    readonly postgres18Url: string
  }
}

const SETTINGS = ['max_connections=400', 'max_locks_per_transaction=256']

/** The servers that all tests of this package share, but for those that harm theirs: one for each version, unless a variable names another. */
export default async function startServers(project: TestProject): Promise<() => Promise<void>> {
  const [system, newest] = await Promise.all([
    serve('system', process.env['TASQ_TEST_POSTGRES_URL']),
    serve('18', process.env['TASQ_TEST_POSTGRES_18_URL']),
  ])
  project.provide('postgresUrl', system.url)
  project.provide('postgres18Url', newest.url)
  return async () => {
    await Promise.all([system.stop(), newest.stop()])
  }
}

async function serve(version: 'system' | '18', given: string | undefined) {
  if (given !== undefined) return { url: given, stop: async () => {} }
  const { url, server } = await startPostgres({ version, settings: SETTINGS })
  return { url, stop: () => server.dispose() }
}
