import { describeFaults } from '@tasq/driver-tests'
import { CuttableProxy } from '@tasq/test-support'
import { startPostgres } from '@tasq/test-support/servers'
import { onTestFinished } from 'vitest'
import { postgres } from '../src/index.ts'
import { asUser } from './support/schemas.ts'

describeFaults({
  openStore: async () => {
    // What was acknowledged must outlast its process, though not a power cut.
    const { server, url } = await startPostgres({ settings: ['synchronous_commit=on'] })
    onTestFinished(() => server.dispose())
    const proxy = await CuttableProxy.to(server.port)
    const proxiedUrl = url.replace(String(server.port), String(proxy.port))
    return {
      server,
      proxy,
      driver: () => postgres(url),
      proxied: () => postgres(proxiedUrl),
      cutConnections: () => asUser(url, endOthers),
    }
  },
})

async function endOthers(client: { query(sql: string): Promise<unknown> }): Promise<void> {
  await client.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tasq' AND pid <> pg_backend_pid()",
  )
}
