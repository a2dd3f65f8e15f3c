/** Options that are one table of the page. */
export interface OptionSection {
  readonly heading: string
  /** Where they are declared. */
  readonly file: string
  readonly name: string
  /** What stands over the table, beside the comment of the declaration. @default none */
  readonly more?: string
}

/** A part of the page of all options. */
export interface OptionChapter {
  readonly title: string
  /** @default none */
  readonly text?: string
  readonly sections: readonly OptionSection[]
}

const task = 'packages/core/src/task'
const client = 'packages/core/src/client'

export const chapters: readonly OptionChapter[] = [
  {
    title: 'Tasks',
    text: '`defineTask({ name, input, output, run, … })` takes these beside the name, the schemas and the handler; `createTasq({ defaults })` takes them for all tasks.',
    sections: [
      { heading: 'Of a task', file: `${task}/task-options.ts`, name: 'TaskOptions' },
      {
        heading: 'Retry',
        file: `${task}/task-options.ts`,
        name: 'RetryOptions',
        more: 'Beside those below, it takes `maxAttempts`, `delay`, `maxDelay` and `jitter` of the [stored ones](#stored-retry).',
      },
      { heading: 'Stored retry', file: `${task}/task-options.ts`, name: 'StoredRetryOptions' },
      {
        heading: 'Handlers in threads and processes',
        file: 'packages/core/src/execution/handler-module.ts',
        name: 'HandlerOptions',
      },
      {
        heading: 'What nobody is shown',
        file: 'packages/core/src/redaction/sensitive.ts',
        name: 'SensitiveOptions',
        more: 'See [hide what operators need not see](../how-to/secure.md#hide-what-operators-need-not-see).',
      },
    ],
  },
  {
    title: 'Enqueue',
    text: '`tasq.enqueue(task, input, { … })`, and `enqueueMany`.',
    sections: [
      {
        heading: 'Of one enqueue',
        file: `${task}/enqueue-options.ts`,
        name: 'EnqueueOptions',
        more: 'All [options of a task](#of-a-task) may be said here as well.',
      },
      {
        heading: 'One task for many calls',
        file: `${task}/unique-options.ts`,
        name: 'RepeatOptions',
        more: 'See [one task for many calls](../how-to/one-task-for-many-calls.md).',
      },
      { heading: 'Unique', file: `${task}/unique-options.ts`, name: 'UniqueOptions' },
      { heading: 'Throttle', file: `${task}/unique-options.ts`, name: 'ThrottleOptions' },
      { heading: 'Debounce', file: `${task}/unique-options.ts`, name: 'DebounceOptions' },
      { heading: 'Waiting for a result', file: `${client}/task-handle.ts`, name: 'ResultOptions' },
    ],
  },
  {
    title: 'Schedules',
    text: '`tasq.schedules.set({ id, task, input, … })` and `defineSchedule`. They take most [options of an enqueue](#of-one-enqueue) too. See [run tasks on a schedule](../how-to/schedules.md).',
    sections: [
      {
        heading: 'Of a schedule',
        file: 'packages/core/src/schedule/schedule-options.ts',
        name: 'ScheduleOptions',
      },
      {
        heading: 'By a cron pattern',
        file: 'packages/core/src/schedule/schedule-options.ts',
        name: 'CronTiming',
      },
      {
        heading: 'By an interval',
        file: 'packages/core/src/schedule/schedule-options.ts',
        name: 'IntervalTiming',
      },
      { heading: 'Once', file: 'packages/core/src/schedule/schedule-options.ts', name: 'SingleTiming' },
    ],
  },
  {
    title: 'App',
    text: '`createTasq({ driver, tasks, … })`.',
    sections: [
      { heading: 'Of an app', file: `${client}/tasq-options.ts`, name: 'TasqOptions' },
      {
        heading: 'A store beside a broker',
        file: `${client}/tasq-options.ts`,
        name: 'MixedOptions',
        more: 'See [a broker and a store](../mixing.md).',
      },
      { heading: 'Events by another driver', file: `${client}/tasq-options.ts`, name: 'EventsOption' },
      {
        heading: 'Retention',
        file: `${task}/retention-options.ts`,
        name: 'RetentionOptions',
        more: 'It also takes what [one queue](#retention-of-a-queue) takes, for all of them.',
      },
      {
        heading: 'Retention of a queue',
        file: `${task}/retention-options.ts`,
        name: 'QueueRetentionOptions',
      },
      { heading: 'What is kept', file: `${task}/retention-options.ts`, name: 'KeepOptions' },
      {
        heading: 'Published events',
        file: 'packages/core/src/events/publish-options.ts',
        name: 'PublishOptions',
      },
      {
        heading: 'Subscription',
        file: 'packages/core/src/events/event-subscription.ts',
        name: 'SubscribeOptions',
      },
    ],
  },
  {
    title: 'Workers',
    text: '`tasq.worker({ … })`. See [run workers in production](../how-to/run-workers.md).',
    sections: [
      {
        heading: 'Of a worker',
        file: 'packages/core/src/engine/worker-options.ts',
        name: 'WorkerOptions',
        more: 'It also takes those of [execution](#execution).',
      },
      {
        heading: 'Weight of a queue',
        file: 'packages/core/src/engine/worker-options.ts',
        name: 'WeightedQueue',
      },
      { heading: 'Rate', file: 'packages/core/src/engine/rate-limiter.ts', name: 'RateLimit' },
      {
        heading: 'Execution',
        file: 'packages/core/src/execution/execution-options.ts',
        name: 'ExecutionOptions',
      },
      { heading: 'Stop', file: 'packages/core/src/engine/worker.ts', name: 'StopOptions' },
      { heading: 'Pool', file: 'packages/core/src/pool/pool-options.ts', name: 'PoolOptions' },
      { heading: 'Stop of a pool', file: 'packages/core/src/pool/worker-pool.ts', name: 'PoolStopOptions' },
    ],
  },
  {
    title: 'Looking at tasks',
    sections: [
      { heading: 'Lists', file: `${client}/queue-handle.ts`, name: 'ListOptions' },
      { heading: 'Changes to many tasks', file: `${client}/task-selection.ts`, name: 'ChangeOptions' },
      { heading: 'Retry of dead letters', file: `${client}/redrive.ts`, name: 'RetryDeadOptions' },
      { heading: 'Hold of a queue', file: `${task}/outcomes.ts`, name: 'HoldOptions' },
      { heading: 'Overview', file: `${client}/overview.ts`, name: 'OverviewOptions' },
    ],
  },
  {
    title: 'Drivers',
    sections: [
      { heading: 'SQLite', file: 'packages/sqlite/src/options.ts', name: 'SqliteOptions' },
      { heading: 'Redis', file: 'packages/redis/src/options.ts', name: 'RedisOptions' },
      { heading: 'Replicas of Redis', file: 'packages/redis/src/options.ts', name: 'ReplicaOptions' },
      { heading: 'PostgreSQL', file: 'packages/postgres/src/options.ts', name: 'PostgresOptions' },
      { heading: 'MySQL and MariaDB', file: 'packages/mysql/src/options.ts', name: 'MysqlOptions' },
      { heading: 'RabbitMQ', file: 'packages/rabbitmq/src/options.ts', name: 'RabbitmqOptions' },
      { heading: 'SQS', file: 'packages/sqs/src/options.ts', name: 'SqsOptions' },
      { heading: 'FIFO queues of SQS', file: 'packages/sqs/src/options.ts', name: 'FifoOptions' },
      { heading: 'Memory', file: 'packages/core/src/memory/memory-driver.ts', name: 'MemoryOptions' },
    ],
  },
  {
    title: 'Observing and testing',
    sections: [
      { heading: 'OpenTelemetry', file: 'packages/otel/src/options.ts', name: 'OpenTelemetryOptions' },
      {
        heading: 'Test app',
        file: 'packages/testkit/src/test-tasq/create-test-tasq.ts',
        name: 'TestTasqOptions',
      },
      { heading: 'Faulty driver', file: 'packages/testkit/src/faulty-driver.ts', name: 'FaultyOptions' },
      { heading: 'Faults', file: 'packages/testkit/src/faults.ts', name: 'FaultOptions' },
    ],
  },
]
