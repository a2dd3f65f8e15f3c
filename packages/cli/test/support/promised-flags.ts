/** Which promises of docs/parity.md a flag keeps, by the command that shows it. */
const PROMISES = {
  worker: {
    '--driver': 'A2',
    '--queues': 'A3',
    '--concurrency': 'A4, C3',
    '--process-pool-size': 'A5',
    '--process-pool-max-tasks-per-child': 'A6',
    '--repository-keep-completed-tasks': 'A7',
    '--events-enable-event-emitter-redis': 'A8',
    '--events-redis-url': 'A9',
    '--events-channel': 'A10',
    '--task-defaults-queue': 'A11',
    '--workers': 'C2',
    '--queue': 'C4',
    '--dlq': 'C5',
    '--heartbeat-interval': 'C6',
    '--heartbeat-ttl': 'C7',
    '--log-level': 'C8',
    '--shutdown-timeout': 'C9',
  },
  enqueue: {
    '--task-defaults-queue': 'A11',
    '--task-defaults-max-attempts': 'A12',
    '--task-defaults-retry-strategy': 'A13',
    '--task-defaults-retry-delay': 'A14',
    '--task-defaults-timeout': 'A15',
    '--task-defaults-visibility-timeout': 'A16',
  },
} satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

/** Those of a driver, which each command has. */
const OF_DRIVERS: Readonly<Record<string, readonly string[]>> = {
  A17: ['--redis-url', '--redis-password', '--redis-db', '--redis-max-connections'],
  A18: sql('postgres'),
  A19: sql('mysql'),
  A20: ['--rabbitmq-url', '--rabbitmq-exchange-name', '--rabbitmq-prefetch-count'],
  A21: [
    '--sqs-region',
    '--sqs-queue-url-prefix',
    '--sqs-endpoint-url',
    '--aws-access-key-id',
    '--aws-secret-access-key',
  ],
}

/** The titles of the trials of a command's flags, with the ids of what they prove, and the flags. */
export function titled(
  command: keyof typeof PROMISES,
  flags: readonly string[],
): readonly (readonly [title: string, flag: string])[] {
  const own: Readonly<Record<string, string>> = PROMISES[command]
  return flags.map((flag) => {
    const id = own[flag] ?? Object.keys(OF_DRIVERS).find((each) => OF_DRIVERS[each]?.includes(flag))
    return [id === undefined ? `${flag} is heeded` : `${flag} is heeded [${id}]`, flag]
  })
}

function sql(driver: string): readonly string[] {
  return ['dsn', 'queue-table', 'dead-letter-table', 'max-attempts', 'min-pool-size', 'max-pool-size'].map(
    (name) => `--${driver}-${name}`,
  )
}
