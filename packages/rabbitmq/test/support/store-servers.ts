import { startPostgres, startRedis } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    /** What is put beside the driver. */
    storeUrls: { readonly redis: string; readonly postgres: string }
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, postgres] = await Promise.all([
    startRedis(),
    startPostgres({ settings: ['max_connections=400'] }),
  ])
  project.provide('storeUrls', { redis: redis.url, postgres: postgres.url })
  return async () => {
    await Promise.all([redis.server.dispose(), postgres.server.dispose()])
  }
}
