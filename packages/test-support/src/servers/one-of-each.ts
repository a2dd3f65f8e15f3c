import type { TestProject } from 'vitest/node'
import { startMariadb } from './mariadb.ts'
import { startPostgres } from './postgres.ts'
import { startRabbitmq } from './rabbitmq.ts'
import { startRedis } from './redis.ts'
import { type SqsServer, startSqs } from './sqs.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** One server for each driver that needs one, with nothing in it. */
    readonly servers: {
      /** It wants a password, which the URL lacks. */
      readonly redis: { readonly url: string; readonly password: string }
      readonly postgres: { readonly url: string }
      readonly mysql: { readonly url: string }
      readonly rabbitmq: { readonly url: string }
      readonly sqs: SqsServer['access']
    }
  }
}

const PASSWORD = 'p@ss:word/100%'

/** Global setup for tests of what works on all backends. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [redis, postgres, mariadb, rabbitmq, sqs] = await Promise.all([
    startRedis({ args: ['--requirepass', PASSWORD] }),
    startPostgres(),
    startMariadb(),
    startRabbitmq(),
    startSqs(),
  ])
  project.provide('servers', {
    redis: { url: redis.url, password: PASSWORD },
    postgres: { url: postgres.url },
    mysql: { url: mariadb.databaseUrl },
    rabbitmq: { url: rabbitmq.url },
    sqs: sqs.access,
  })
  return async () => {
    await Promise.all([
      rabbitmq.dispose(),
      ...[redis, postgres, mariadb, sqs].map(({ server }) => server.dispose()),
    ])
  }
}
