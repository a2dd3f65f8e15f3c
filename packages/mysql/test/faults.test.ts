import { describeFaults } from '@tasq/driver-tests'
import { CuttableProxy } from '@tasq/test-support'
import { startMariadb } from '@tasq/test-support/servers'
import { onTestFinished } from 'vitest'
import { mysql } from '../src/index.ts'
import { administer } from './support/database.ts'

describeFaults({
  openStore: async () => {
    const { server, url } = await startMariadb({ durable: true })
    onTestFinished(() => server.dispose())
    await administer(
      `CREATE DATABASE faults; CREATE USER worker IDENTIFIED BY 'secret'; GRANT ALL ON faults.* TO worker`,
      url,
    )
    const proxy = await CuttableProxy.to(server.port)
    const driver = (port: number) => mysql(`mysql://worker:secret@127.0.0.1:${port}/faults`)
    return {
      server,
      proxy,
      driver: () => driver(server.port),
      proxied: () => driver(proxy.port),
      cutConnections: async () => void (await administer('KILL USER worker', url)),
    }
  },
})
