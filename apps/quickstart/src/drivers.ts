import type { StoreDriver } from '@tasq/core'
import type { Driver } from '@tasq/core/driver'
import { mysql } from '@tasq/mysql'
import { postgres } from '@tasq/postgres'
import { rabbitmq } from '@tasq/rabbitmq'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { sqs } from '@tasq/sqs'

/** The flags that say where servers are, as `tasq worker` has them. */
export const serverFlags = [
  'redis-url',
  'postgres-dsn',
  'mysql-dsn',
  'rabbitmq-url',
  'sqs-endpoint-url',
  'sqs-region',
] as const
export type ServerFlag = (typeof serverFlags)[number]
export type ServerFlags = Partial<Readonly<Record<ServerFlag, string | undefined>>>

/** A driver whose queues are on a server. */
export interface Server {
  readonly flags: readonly ServerFlag[]
  readonly driver: (given: ServerFlags) => Driver
  /** Whether it delivers tasks and knows no more of them, so that a store can stand beside it. @default false */
  readonly isBroker?: boolean
}

const mysqlAt = (url = 'mysql://localhost:3306/tasq') => mysql({ url })

/** Moving to another backend is one line. */
export const servers: Readonly<Record<string, Server>> = {
  redis: { flags: ['redis-url'], driver: (given) => redis({ url: given['redis-url'] }) },
  postgres: { flags: ['postgres-dsn'], driver: (given) => postgres({ url: given['postgres-dsn'] }) },
  mysql: { flags: ['mysql-dsn'], driver: (given) => mysqlAt(given['mysql-dsn']) },
  rabbitmq: {
    flags: ['rabbitmq-url'],
    driver: (given) => rabbitmq({ url: given['rabbitmq-url'] }),
    isBroker: true,
  },
  sqs: {
    flags: ['sqs-endpoint-url', 'sqs-region'],
    driver: (given) => sqs({ endpoint: given['sqs-endpoint-url'], region: given['sqs-region'] }),
    isBroker: true,
  },
}

/** What can stand beside a broker. */
export const stores: Readonly<Record<string, (url: string | undefined) => StoreDriver>> = {
  sqlite: (file) => sqlite({ file }),
  redis: (url) => redis({ url }),
  postgres: (url) => postgres({ url }),
  mysql: mysqlAt,
}

/** The drivers that it can be run on. */
export const driverNames: readonly string[] = ['sqlite', ...Object.keys(servers)]
