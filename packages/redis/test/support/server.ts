import { randomUUID } from 'node:crypto'
import { startRedis, startRedisCluster, startRedisTls } from '@tasq/test-support/servers'
import { Redis } from 'ioredis'
import type { TestProject } from 'vitest/node'
import { neededRights } from './rights.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** The server that the tests of this package share. */
    redisUrl: string
    /** How the key prefixes of this run begin. */
    redisPrefix: string
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
  const prefix = `tasq-test-${randomUUID().slice(0, 8)}`
  project.provide('redisUrl', single.url)
  project.provide('redisPrefix', prefix)
  project.provide('redisCluster', cluster.nodes)
  project.provide('redisTls', { url: secure.url, certificateFile: secure.certificateFile })
  return async () => {
    const others = [cluster.stop(), secure.server.dispose()]
    await Promise.all([single.server?.dispose() ?? removeKeys(single.url, prefix), ...others])
  }
}

/** On a server that is not ours, nothing stays. */
async function removeKeys(url: string, prefix: string): Promise<void> {
  const client = new Redis(url)
  for await (const keys of client.scanStream({ match: `{${prefix}*`, count: 1_000 })) {
    if (keys.length > 0) await client.unlink(keys)
  }
  client.disconnect()
}
