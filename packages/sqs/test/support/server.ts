import { randomUUID } from 'node:crypto'
import { type SqsServer, startSqs } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that the tests of this package share, and what may be used there. */
    sqsAccess: SqsServer['access']
    /** How the names of the queues of this run begin. */
    sqsPrefix: string
  }
}

/** A server for all tests but those that harm theirs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, access } = await startSqs()
  project.provide('sqsAccess', access)
  project.provide('sqsPrefix', `t${randomUUID().slice(0, 8)}-`)
  return () => server.dispose()
}
