import { startRedis } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis to put beside the driver. */
    redisUrl: string
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { server, url } = await startRedis()
  project.provide('redisUrl', url)
  return () => server.dispose()
}
