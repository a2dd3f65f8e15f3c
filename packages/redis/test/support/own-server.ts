import { CuttableProxy } from '@tasq/test-support'
import { type RedisServer, startRedis } from '@tasq/test-support/servers'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { type RedisDriver, type RedisOptions, redis } from '../../src/index.ts'

/** What is acknowledged survives the end of the server. */
export const DURABLE = ['--appendonly', 'yes', '--appendfsync', 'always']

/** A server that a test may harm; gone with it. */
export async function ownServer(args: readonly string[] = []): Promise<RedisServer> {
  const started = await startRedis({ args })
  onTestFinished(() => started.server.dispose())
  return started
}

/** A client of the test's own, beside the driver's. */
export function operator(url: string): Redis {
  const client = new Redis(url, { maxRetriesPerRequest: 3 })
  client.on('error', () => undefined)
  onTestFinished(() => client.disconnect())
  return client
}

/** A driver, opened, that is closed with the test. */
export async function opened(options: RedisOptions): Promise<RedisDriver> {
  const driver = redis(options)
  onTestFinished(() => driver.close())
  await driver.open()
  return driver
}

/** A server of the test's own, with a line to it that can be cut. */
export async function ownServerBehindProxy(args: readonly string[] = DURABLE) {
  const { server, url } = await ownServer(args)
  const proxy = await CuttableProxy.to(server.port)
  const proxied = `redis://127.0.0.1:${proxy.port}`
  return {
    server,
    proxy,
    driver: () => redis(url),
    proxied: () => redis(proxied),
    cutConnections: async () => {
      await operator(url).call('client', 'kill', 'type', 'normal', 'skipme', 'yes')
      await operator(url).call('client', 'kill', 'type', 'pubsub')
    },
  }
}
