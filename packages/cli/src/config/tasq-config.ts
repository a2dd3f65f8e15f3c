import type { Duration, Tasq } from '@tasq/core'

/**
 * What a config file may say: a setting for each flag that is no order of the moment. Durations are a number of ms or text such as `'30s'`.
 * A flag, a variable `TASQ_…` and `.env` go before it.
 */
export interface TasqConfig {
  // Which tasks a worker takes.

  /** The one queue to work on. @default those of the tasks */
  readonly queue?: string | undefined
  /** The queues to work on, the first is preferred. @default those of the tasks */
  readonly queues?: readonly string[] | string | undefined
  /** Take only tasks of these levels. @default all */
  readonly priorities?: readonly ('critical' | 'high' | 'normal' | 'low')[] | string | undefined
  /** In the order of `queues`, by shares (`queues: ['mail=5', 'reports=1']`), or in turn. @default 'strict' */
  readonly queuePolicy?: 'strict' | 'weighted' | 'round-robin' | undefined
  /** How long unknown tasks are handed back. @default '10m' */
  readonly unknownTaskGrace?: Duration | undefined
  // How many at a time.

  /** Tasks running at the same time, in each process. @default 10 */
  readonly concurrency?: number | undefined
  /** Most tasks held beyond that; 0 turns it off. @default 1000 */
  readonly prefetch?: number | undefined
  /** Longest time between two looks. @default '1s' */
  readonly pollInterval?: Duration | undefined
  /** Start no more tasks than this, for example '100/1m'. @default no limit */
  readonly rateLimit?: string | undefined
  /** Most that it starts at once after a rest. @default as many */
  readonly rateBurst?: number | undefined
  /** Whose limit it is: of each worker, or global, of all workers of a queue. @default 'worker' */
  readonly rateScope?: 'worker' | 'global' | undefined
  // When a worker ends.

  /** Start exactly this many tasks, then stop. @default no limit */
  readonly maxTasks?: number | undefined
  /** Stop after this time. @default no limit */
  readonly runFor?: Duration | undefined
  /** Stop when nothing is left to do. @default false */
  readonly stopWhenEmpty?: boolean | undefined
  /** Stop, with code 1, after this many failures in a row. @default no limit */
  readonly maxFailures?: number | undefined
  /** How long running tasks may go on when stopped. @default '30s' */
  readonly shutdownTimeout?: Duration | undefined
  /** How long a task may take to heed its signal. @default '2s' */
  readonly abortGrace?: Duration | undefined
  /** Longest time of any attempt. @default no limit */
  readonly maxTaskDuration?: Duration | undefined
  // What is kept.

  /** Keep dead letters; `false` drops what would become one. @default true */
  readonly dlq?: boolean | undefined
  /** How often a broker may deliver a task again whose workers fell silent. @default 10 */
  readonly maxRedeliveries?: number | undefined
  /** Keep the tasks that a worker completes and that do not say it themselves. @default false */
  readonly repositoryKeepCompletedTasks?: boolean | undefined
  /** How long they are kept. @default '7d' */
  readonly repositoryKeepCompletedFor?: Duration | undefined
  /** How long progress and logs of tasks are kept. @default '6h' */
  readonly keepProgress?: Duration | 'off' | undefined
  // Threads and processes of tasks.

  /** Where tasks run that have a module and do not say where themselves. @default 'inline' */
  readonly execution?: 'inline' | 'thread' | 'process' | undefined
  /** Most processes, and most threads, that tasks run in. @default one for each core */
  readonly processPoolSize?: number | undefined
  /** So many are started with the worker and kept. @default 0 */
  readonly processPoolMinSize?: number | undefined
  /** Replace a process or thread after this many tasks. @default no limit */
  readonly processPoolMaxTasksPerChild?: number | undefined
  /** Replace one that takes more than this when its task ends. @default no limit */
  readonly processPoolMaxMemoryPerChild?: number | undefined
  // Processes of workers.

  /** Run this many worker processes; one that crashes is replaced. @default none: it works itself */
  readonly workers?: number | undefined
  /** Fewest, where their number follows the work. @default 1 */
  readonly minWorkers?: number | undefined
  /** Most. @default one for each core */
  readonly maxWorkers?: number | undefined
  /** How often their number is looked at. @default '1s' */
  readonly scaleInterval?: Duration | undefined
  /** Time in which what waits should be done. @default '10s' */
  readonly scaleDrainTime?: Duration | undefined
  /** How long fewer must have been enough before one is let go. @default '30s' */
  readonly scaleShrinkAfter?: Duration | undefined
  // What others see of a worker.

  /** Name of the worker, unique. @default made up */
  readonly workerId?: string | undefined
  /** Cluster that it belongs to. @default 'default' */
  readonly clusterId?: string | undefined
  /** How often it tells others of itself. @default '10s' */
  readonly heartbeatInterval?: Duration | undefined
  /** How long others take it to be there after that; longer than the interval. @default '30s' */
  readonly heartbeatTtl?: Duration | undefined
  /** How often it tells the event worker:heartbeat. @default '60s' */
  readonly heartbeatEvents?: Duration | undefined
  /** Measure how long tasks run and wait, by task. @default true with `metricsPort` */
  readonly metrics?: boolean | undefined
  /** Serve /metrics for Prometheus, /healthz and /readyz at this port; 0 takes any. @default none */
  readonly metricsPort?: number | undefined
  /** Address to serve them at. @default '0.0.0.0' */
  readonly metricsHost?: string | undefined
  /** What is logged: debug, info, warn, error, silent. @default 'info' */
  readonly logLevel?: 'debug' | 'info' | 'warn' | 'error' | 'silent' | undefined
  /** Pretty or json. @default pretty on a terminal, json elsewhere */
  readonly logFormat?: 'pretty' | 'json' | undefined
  // The tasks, and defaults that are stored with them.

  /** Modules that export task definitions, for example "./dist/tasks/*.js". @default none */
  readonly tasks?: readonly string[] | string | undefined
  /** Queue of tasks that name none. @default 'default' */
  readonly taskDefaultsQueue?: string | undefined
  /** Runs of a task, the first included. @default 3 */
  readonly taskDefaultsMaxAttempts?: number | undefined
  /** How waits between runs grow. @default 'exponential' */
  readonly taskDefaultsRetryStrategy?: 'fixed' | 'linear' | 'exponential' | undefined
  /** Wait before the second run. @default '60s' */
  readonly taskDefaultsRetryDelay?: Duration | undefined
  /** Longest time of one run. @default none */
  readonly taskDefaultsTimeout?: Duration | undefined
  /** How long a worker may be silent before its task is taken to be lost. @default '30s' */
  readonly taskDefaultsVisibilityTimeout?: Duration | undefined
  // The app, or what it is made of.

  /** Module that exports an app, for example ./app.js#tasq. @default none */
  readonly app?: Tasq | string | undefined
  /** Where tasks are kept: sqlite, redis, postgres, mysql, rabbitmq, sqs. @default 'sqlite' */
  readonly driver?: 'sqlite' | 'redis' | 'postgres' | 'mysql' | 'rabbitmq' | 'sqs' | undefined
  /** What says who may run a task, beside rabbitmq or sqs: sqlite, redis, postgres, mysql. @default none */
  readonly store?: 'sqlite' | 'redis' | 'postgres' | 'mysql' | undefined
  /** Where the store is. @default what its own flags say */
  readonly storeUrl?: string | undefined
  /** What carries events, where the driver can't or should not. @default the driver, or the store */
  readonly events?: 'redis' | 'postgres' | 'rabbitmq' | undefined
  /** Server of redis for events alone. @default what redisUrl says */
  readonly eventsRedisUrl?: string | undefined
  /** Channel of published events. @default 'tasq:events' */
  readonly eventsChannel?: string | undefined
  /** Tell other processes what happens here. @default false */
  readonly publishEvents?: boolean | undefined
  /** The same, by redis. @default false */
  readonly eventsEnableEventEmitterRedis?: boolean | undefined
  /** Database file of the driver sqlite. @default './tasq.db' */
  readonly sqliteFile?: string | undefined
  /** Full survives a power cut; normal is faster. @default 'full' */
  readonly sqliteSynchronous?: 'full' | 'normal' | undefined
  /** Server of the driver redis. @default 'redis://localhost:6379' */
  readonly redisUrl?: string | undefined
  /** Its password. @default that of the URL */
  readonly redisPassword?: string | undefined
  /** Its database. @default that of the URL, or 0 */
  readonly redisDb?: number | undefined
  /** Most connections of this process; refused where too few. @default 100 */
  readonly redisMaxConnections?: number | undefined
  /** Database of the driver postgres. @default what PGHOST and the like say */
  readonly postgresDsn?: string | undefined
  /** Schema that its tables are in. @default 'tasq' */
  readonly postgresSchema?: string | undefined
  /** Table of its live tasks. @default 'tasq_tasks' */
  readonly postgresQueueTable?: string | undefined
  /** Table of its dead letters. @default 'tasq_dead_letters' */
  readonly postgresDeadLetterTable?: string | undefined
  /** Runs of a task where taskDefaultsMaxAttempts says nothing. @default 3 */
  readonly postgresMaxAttempts?: number | undefined
  /** Connections that are kept open. @default 0 */
  readonly postgresMinPoolSize?: number | undefined
  /** Most connections of its pool. @default 10 */
  readonly postgresMaxPoolSize?: number | undefined
  /** Database of the driver mysql. @default 'mysql://localhost:3306/tasq' */
  readonly mysqlDsn?: string | undefined
  /** What the names of its tables start with. @default 'tasq_' */
  readonly mysqlQueueTable?: string | undefined
  /** Table of its dead letters. @default 'tasq_dead_letters' */
  readonly mysqlDeadLetterTable?: string | undefined
  /** Runs of a task where taskDefaultsMaxAttempts says nothing. @default 3 */
  readonly mysqlMaxAttempts?: number | undefined
  /** Connections that are kept open. @default 10 */
  readonly mysqlMinPoolSize?: number | undefined
  /** Most connections of its pool. @default 10 */
  readonly mysqlMaxPoolSize?: number | undefined
  /** Broker of the driver rabbitmq. @default 'amqp://localhost:5672' */
  readonly rabbitmqUrl?: string | undefined
  /** Its exchange, and what the names of its queues start with. @default 'tasq' */
  readonly rabbitmqExchangeName?: string | undefined
  /** Most messages taken at a time. @default as many as the worker has room for */
  readonly rabbitmqPrefetchCount?: number | undefined
  /** Region of the driver sqs. @default that of the AWS SDK's settings */
  readonly sqsRegion?: string | undefined
  /** What the URLs of its queues start with. @default they are asked for */
  readonly sqsQueueUrlPrefix?: string | undefined
  /** Server to use instead of that of AWS. @default none */
  readonly sqsEndpointUrl?: string | undefined
  /** Key. @default what the AWS SDK's own chain finds */
  readonly awsAccessKeyId?: string | undefined
  /** And its secret. @default the same */
  readonly awsSecretAccessKey?: string | undefined
}

/** A config file with all settings known to the editor: `export default defineConfig({ … })` in `tasq.config.ts`. */
export function defineConfig(config: TasqConfig): TasqConfig {
  return config
}
