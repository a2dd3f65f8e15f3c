import { startRedis, startRedisCluster, startRedisTls } from '@tasq/test-support/servers'
import type { TestProject } from 'vitest/node'
import { neededRights } from './rights.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that the tests of this package share. */
    redisUrl: string
    /** Three masters. */
    redisCluster: readonly { readonly host: string; readonly port: number }[]
    /** A server that takes TLS only, of a user with no more rights than are needed. */
    redisTls: { readonly url: string; readonly certificateFile: string }
  }
}

/** Servers for all tests but those that harm theirs. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env.TASQ_TEST_REDIS_URL
  const [single, cluster, secure] = await Promise.all([
    given === undefined || given === '' ? startRedis() : { url: given, server: undefined },
    startRedisCluster(),
    startRedisTls(neededRights),
  ])
  project.provide('redisUrl', single.url)
  project.provide('redisCluster', cluster.nodes)
  project.provide('redisTls', { url: secure.url, certificateFile: secure.certificateFile })
  return async () => {
    await Promise.all([single.server?.dispose(), cluster.stop(), secure.server.dispose()])
  }
}
