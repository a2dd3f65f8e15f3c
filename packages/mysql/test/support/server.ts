import { startMariadb } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  export interface ProvidedContext {
    /** A server that tests share, as a user who may do everything; names no database. */
    readonly url: string
  }
}

/** One server for all tests but those that harm theirs. */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const url = process.env['TASQ_TEST_MYSQL_URL']
  if (url !== undefined) {
    project.provide('url', url)
    return undefined
  }
  const { server, url: own } = await startMariadb({ args: ['--max-connections=1000'] })
  project.provide('url', own)
  return () => server.dispose()
}
