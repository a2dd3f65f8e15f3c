/** Where tasks are kept. Of two names, the first is a message broker, and the second the store beside it. */
export const BACKENDS = [
  'memory',
  'sqlite',
  'redis',
  'postgres',
  'mysql',
  'rabbitmq',
  'rabbitmq+redis',
  'rabbitmq+postgres',
  'rabbitmq+sqlite',
  'sqs',
  'sqs+redis',
  'sqs+sqlite',
] as const

export type Backend = (typeof BACKENDS)[number]

/** Whose limits hold for a backend, so that their figures stand together: a broker's also with a store beside it. */
export function groupOf(backend: Backend): string {
  return backend.split('+')[0] ?? backend
}

/** A broker without a store: it has no unique keys and keeps no results. */
export function isBrokerAlone(backend: Backend): boolean {
  return backend === 'rabbitmq' || backend === 'sqs'
}
