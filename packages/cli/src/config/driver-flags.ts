import type { Command } from 'commander'
import { Setting } from './setting.ts'
import { integer } from './values.ts'

/** A flag of the command line that sets one option of a driver. */
export interface DriverFlag {
  /** The name that commander gives its value. */
  readonly key: string
  /** The option of the driver's factory; absent where it sets a default of the app instead. */
  readonly option?: string
  readonly flag: string
  readonly description: string
  readonly parse?: (text: string) => unknown
  readonly choices?: readonly string[]
  /** What the driver is given without the flag. @default nothing: it has a default of its own */
  readonly fallback?: string
}

const sqlite: readonly DriverFlag[] = [
  {
    key: 'sqliteFile',
    option: 'file',
    flag: '--sqlite-file <path>',
    description: 'database file of the driver sqlite (default: ./tasq.db)',
    fallback: 'tasq.db',
  },
  {
    key: 'sqliteSynchronous',
    option: 'synchronous',
    flag: '--sqlite-synchronous <level>',
    description: 'full survives a power cut; normal is faster (default: full)',
    choices: ['full', 'normal'],
  },
]

const redis: readonly DriverFlag[] = [
  {
    key: 'redisUrl',
    option: 'url',
    flag: '--redis-url <url>',
    description: 'server of the driver redis (default: redis://localhost:6379)',
  },
  {
    key: 'redisPassword',
    option: 'password',
    flag: '--redis-password <password>',
    description: 'its password (default: that of the URL)',
  },
  {
    key: 'redisDb',
    option: 'database',
    flag: '--redis-db <n>',
    description: 'its database (default: that of the URL, or 0)',
    parse: integer,
  },
  {
    key: 'redisMaxConnections',
    option: 'maxConnections',
    flag: '--redis-max-connections <n>',
    description: 'most connections of this process; refused where too few (default: 100)',
    parse: integer,
  },
]

/** The flags that the drivers of both SQL servers have. */
function sqlServer(
  name: string,
  {
    url,
    tables,
    queueTable,
    tableOption,
    more = [],
  }: Readonly<Record<'url' | 'tables' | 'queueTable' | 'tableOption', string>> & {
    readonly more?: readonly DriverFlag[]
  },
): readonly DriverFlag[] {
  return [
    {
      key: `${name}Dsn`,
      option: 'url',
      flag: `--${name}-dsn <url>`,
      description: `database of the driver ${name} (default: ${url})`,
      ...(URL.canParse(url) ? { fallback: url } : {}),
    },
    ...more,
    {
      key: `${name}QueueTable`,
      option: tableOption,
      flag: `--${name}-queue-table <name>`,
      description: `${tables} (default: ${queueTable})`,
    },
    {
      key: `${name}DeadLetterTable`,
      option: 'deadLetterTable',
      flag: `--${name}-dead-letter-table <name>`,
      description: 'table of its dead letters (default: tasq_dead_letters)',
    },
    {
      key: `${name}MaxAttempts`,
      flag: `--${name}-max-attempts <n>`,
      description: 'runs of a task where --task-defaults-max-attempts says nothing (default: 3)',
      parse: integer,
    },
    {
      key: `${name}MinPoolSize`,
      option: 'minPoolSize',
      flag: `--${name}-min-pool-size <n>`,
      description: 'connections that are kept open (default: see its README)',
      parse: integer,
    },
    {
      key: `${name}MaxPoolSize`,
      option: 'maxPoolSize',
      flag: `--${name}-max-pool-size <n>`,
      description: 'most connections of its pool (default: 10)',
      parse: integer,
    },
  ]
}

const rabbitmq: readonly DriverFlag[] = [
  {
    key: 'rabbitmqUrl',
    option: 'url',
    flag: '--rabbitmq-url <url>',
    description: 'broker of the driver rabbitmq (default: amqp://localhost:5672)',
  },
  {
    key: 'rabbitmqExchangeName',
    option: 'exchange',
    flag: '--rabbitmq-exchange-name <name>',
    description: 'its exchange, and what the names of its queues start with (default: tasq)',
  },
  {
    key: 'rabbitmqPrefetchCount',
    option: 'prefetch',
    flag: '--rabbitmq-prefetch-count <n>',
    description: 'most messages taken at a time (default: as many as the worker has room for)',
    parse: integer,
  },
]

const sqs: readonly DriverFlag[] = [
  {
    key: 'sqsRegion',
    option: 'region',
    flag: '--sqs-region <name>',
    description: "region of the driver sqs (default: that of the AWS SDK's settings)",
  },
  {
    key: 'sqsQueueUrlPrefix',
    option: 'queueUrlPrefix',
    flag: '--sqs-queue-url-prefix <url>',
    description: 'what the URLs of its queues start with (default: they are asked for)',
  },
  {
    key: 'sqsEndpointUrl',
    option: 'endpoint',
    flag: '--sqs-endpoint-url <url>',
    description: 'server to use instead of that of AWS (default: none)',
  },
  {
    key: 'awsAccessKeyId',
    option: 'accessKeyId',
    flag: '--aws-access-key-id <id>',
    description: "key (default: what the AWS SDK's own chain finds)",
  },
  {
    key: 'awsSecretAccessKey',
    option: 'secretAccessKey',
    flag: '--aws-secret-access-key <secret>',
    description: 'and its secret',
  },
]

/** The flags of each driver that there is. */
export const driverFlags = {
  sqlite,
  redis,
  postgres: sqlServer('postgres', {
    url: 'what PGHOST and the like say',
    more: [
      {
        key: 'postgresSchema',
        option: 'schema',
        flag: '--postgres-schema <name>',
        description: 'schema that its tables are in (default: tasq)',
      },
    ],
    tables: 'table of its live tasks',
    queueTable: 'tasq_tasks',
    tableOption: 'queueTable',
  }),
  mysql: sqlServer('mysql', {
    url: 'mysql://localhost:3306/tasq',
    tables: 'what the names of its tables start with',
    queueTable: 'tasq_',
    tableOption: 'queueTablePrefix',
  }),
  rabbitmq,
  sqs,
} as const satisfies Readonly<Record<string, readonly DriverFlag[]>>

/** The option of each store that says where it is. */
export const storeLocations: Readonly<Record<string, string>> = {
  sqlite: 'file',
  redis: 'url',
  postgres: 'url',
  mysql: 'url',
}

/** The drivers by their names. */
export const driverNames: readonly string[] = Object.keys(driverFlags)

/** All flags of all drivers, by the names that commander gives their values. */
export const driverFlagKeys: readonly string[] = Object.values(driverFlags).flatMap((flags) =>
  flags.map(({ key }) => key),
)

/** The flags that set the default of `maxAttempts`. */
export const maxAttemptsKeys: readonly string[] = driverFlagKeys.filter((key) => key.endsWith('MaxAttempts'))

/** What help calls the flags of a driver. */
const TITLES: Readonly<Record<keyof typeof driverFlags, string>> = {
  sqlite: 'SQLite',
  redis: 'Redis',
  postgres: 'PostgreSQL',
  mysql: 'MySQL and MariaDB',
  rabbitmq: 'RabbitMQ',
  sqs: 'AWS SQS',
}

export function addDriverOptions(command: Command): Command {
  const general = [
    new Setting('--driver <name>', `where tasks are kept: ${driverNames.join(', ')} (default: sqlite)`),
    new Setting(
      '--store <name>',
      `what says who may run a task, beside rabbitmq or sqs: ${Object.keys(storeLocations).join(', ')} (default: none)`,
    ),
    new Setting('--store-url <url>', 'where the store is (default: what its own flags say)'),
  ]
  for (const setting of general) command.addOption(setting.helpGroup('Backend:'))
  for (const [driver, flags] of Object.entries(driverFlags)) {
    const title = TITLES[driver as keyof typeof driverFlags]
    for (const flag of flags) command.addOption(settingOf(flag).helpGroup(`${title}:`))
  }
  return command
}

function settingOf({ flag, description, parse, choices }: DriverFlag): Setting {
  const setting = new Setting(flag, description)
  if (parse !== undefined) setting.argParser(parse)
  if (choices !== undefined) setting.choices([...choices])
  return setting
}
