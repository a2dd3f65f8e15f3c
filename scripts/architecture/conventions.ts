// The layout of this repository, as data: what the rules know of packages that are there, and of those to come.

/** What a package of `packages/` is; the rules for imports and for required files go by it. */
export type Role =
  | 'core'
  | 'kernel'
  | 'broker-kernel'
  | 'sql-driver'
  | 'broker-driver'
  | 'driver'
  | 'testkit'
  | 'test-support'
  | 'driver-tests'
  | 'cli'
  | 'integration'

/** By the name of the folder. A package that is not listed here breaks a rule. */
export const roles: Readonly<Record<string, Role>> = {
  core: 'core',
  'sql-kernel': 'kernel',
  'broker-kernel': 'broker-kernel',
  sqlite: 'sql-driver',
  postgres: 'sql-driver',
  mysql: 'sql-driver',
  redis: 'driver',
  rabbitmq: 'broker-driver',
  sqs: 'broker-driver',
  testkit: 'testkit',
  'test-support': 'test-support',
  'driver-tests': 'driver-tests',
  cli: 'cli',
  otel: 'integration',
}

const sqlDriverFiles = [
  'src/index.ts',
  'src/options.ts',
  'src/session.ts',
  'src/dialect.ts',
  'src/diagnostics.ts',
  'src/errors.ts',
  'src/wakeups.ts',
  'src/statements/*.sql',
  'src/migrations/*.sql',
]

/** The files that a driver has, so that two drivers can be read side by side. `*` stands for at least one. */
export const requiredFiles: Readonly<Record<string, readonly string[]>> = {
  sqlite: sqlDriverFiles,
  postgres: sqlDriverFiles,
  mysql: sqlDriverFiles,
  redis: [
    'src/index.ts',
    'src/options.ts',
    'src/redis-driver.ts',
    'src/keys.ts',
    'src/scripts.ts',
    'src/diagnostics.ts',
    'src/errors.ts',
    'src/wakeups.ts',
    'src/lua/*.lua',
  ],
  rabbitmq: [
    'src/index.ts',
    'src/options.ts',
    'src/rabbitmq-driver.ts',
    'src/channels.ts',
    'src/topology.ts',
    'src/delays.ts',
    'src/dead-letters.ts',
    'src/diagnostics.ts',
    'src/errors.ts',
  ],
  sqs: [
    'src/index.ts',
    'src/options.ts',
    'src/sqs-driver.ts',
    'src/batching.ts',
    'src/leases.ts',
    'src/delays.ts',
    'src/dead-letters.ts',
    'src/diagnostics.ts',
    'src/errors.ts',
  ],
}

/** The driver that the command line brings along; it finds the others when it runs. */
export const driverOfCli = 'sqlite'

/** What becomes part of a build, so that users need not install it. Its licence stands in the LICENSE of the package. */
export const bundled: readonly string[] = ['croner']

/** The SQL that may stand in code: what a session says about itself, and not about tasks. */
export const allowedSql: readonly { readonly file: string; readonly text: RegExp }[] = [
  { file: 'src/session.ts', text: /^(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|SET|SHOW)\b/ },
  { file: 'src/wakeups.ts', text: /^(PRAGMA data_version|LISTEN|UNLISTEN|NOTIFY)\b/ },
]

/** Names that have no place in what the SQL drivers share. */
export const databaseNames = /sqlite|postgres|\bpg\b|mysql|maria|mssql|sqlserver|oracle|cockroach/i

/** Where commands of Redis may stand beside Lua: the calls of the scripts, and what blocks. */
export const redisCommandFiles: readonly string[] = ['src/scripts.ts', 'src/wakeups.ts']

/** Commands of Redis, but for those whose names other objects have too, such as `get` and `set`. */
export const redisCommands =
  /^b?(l|r)(push|pop|range|rem|move)x?$|^(z|h|s)(add|rem|set|get|del|card|range|getall|incrby|members|ismember)$|^bz?(pop|mpop)\w*$|^x(add|read|group|ack|del|trim)\w*$|^(incr|decr)(by)?$|^(p?expire|p?setex|setnx|eval|evalsha|fcall|pipeline|multi|sendCommand)$/i
