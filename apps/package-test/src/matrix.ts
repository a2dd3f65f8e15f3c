import { createTasq } from '@tasq/core'
import type { Driver, Limits } from '@tasq/core/driver'
import { memory } from '@tasq/core/memory'
import { mysql } from '@tasq/mysql'
import { postgres } from '@tasq/postgres'
import { rabbitmq } from '@tasq/rabbitmq'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { sqs } from '@tasq/sqs'

/** A driver, and what its tests ran on. */
interface Verified {
  readonly driver: Driver
  readonly package: string
  readonly verifiedOn: string
}

export const matrixFile = 'docs/driver-matrix.md'

/** Made and never opened: what they can carry is data. */
const drivers: readonly Verified[] = [
  { driver: memory(), package: '@tasq/core/memory', verifiedOn: 'Node.js 22, 24, 26' },
  {
    driver: sqlite(':memory:'),
    package: '@tasq/sqlite',
    verifiedOn: 'node:sqlite of Node.js 22, 24, 26; better-sqlite3 13',
  },
  {
    driver: redis(),
    package: '@tasq/redis',
    verifiedOn: 'Redis 7.0: one server, a cluster of three masters, one with TLS and few rights',
  },
  {
    driver: postgres(),
    package: '@tasq/postgres',
    verifiedOn:
      'PostgreSQL 15 and 18, with connections of its own and with a pool of the user; 13 once, by hand',
  },
  {
    driver: mysql('mysql://localhost/tasq'),
    package: '@tasq/mysql',
    verifiedOn:
      'MariaDB 10.11, with connections of its own and with a pool of the user; MySQL by its documents only',
  },
  {
    driver: rabbitmq('amqp://localhost'),
    package: '@tasq/rabbitmq',
    verifiedOn: 'RabbitMQ 3.10, alone and with Redis and PostgreSQL beside it; 4 by its documents only',
  },
  {
    driver: sqs({ region: 'eu-central-1' }),
    package: '@tasq/sqs',
    verifiedOn: 'fauxqs 2.4, alone and with Redis and SQLite beside it; never on AWS itself',
  },
]

/** A broker with a store beside it is one driver more. */
const mixed: readonly { readonly name: string; readonly driver: Driver }[] = [
  {
    name: 'rabbitmq or sqs, with redis',
    driver: createTasq({ driver: rabbitmq('amqp://localhost'), store: redis() }).driver,
  },
  {
    name: 'rabbitmq or sqs, with an SQL store',
    driver: createTasq({ driver: rabbitmq('amqp://localhost'), store: postgres() }).driver,
  },
]

const FACETS = [
  'recovery',
  'results',
  'backlog',
  'cancellation',
  'inspection',
  'transactions',
  'migrations',
  'retention',
  'ledger',
  'coordination',
  'events',
  'diagnostics',
] as const

const FACET_WORDS: Readonly<Record<(typeof FACETS)[number], string>> = {
  recovery: 'tasks of workers that died are taken over by any other; a broker delivers them again by itself',
  results: '`handle.result()`, `keepResult`',
  backlog: 'counts of a queue, purge; on a broker `scheduled` and `active` may be unknown',
  cancellation: 'a task that waits or runs can be cancelled',
  inspection: 'single tasks can be looked at, listed, promoted, given another time, removed',
  transactions: '`enqueue(…, { tx })` inside your own transaction',
  migrations: 'a schema, which `open()` brings up to date unless told not to',
  coordination:
    'queues are paused and limited for all workers, workers are listed and told, schedules, progress that is kept',
  events:
    'processes hear of a pause, a cancel or a command at once; elsewhere they look once a second. What happens to tasks and workers [can be published](how-to/events.md) by them. Of a broker and a store, either may give them',
  diagnostics:
    'what a backend can say of itself, whether it can be opened or not: [find out what is wrong](how-to/operate.md#find-out-what-is-wrong)',
  ledger: 'it can be the store beside a broker: [a broker and a store](mixing.md)',
  retention: 'what was kept long enough is removed by workers; elsewhere the backend forgets by itself',
}

const LIMITS: readonly { readonly title: string; readonly cell: (limits: Limits) => string }[] = [
  { title: 'lease', cell: ({ lease }) => lease },
  { title: 'fence', cell: ({ fence }) => fence },
  { title: 'order', cell: ({ order }) => order },
  { title: 'priorities', cell: ({ priorities }) => priorities },
  { title: 'largest payload', cell: ({ maxPayloadBytes }) => bytes(maxPayloadBytes) },
  { title: 'tasks in a call', cell: ({ maxBatch }) => count(maxBatch) },
  { title: 'bytes in a call', cell: ({ maxBatchBytes }) => bytes(maxBatchBytes) },
  { title: 'writes in flight', cell: ({ writesInFlight = 1 }) => count(writesInFlight) },
  {
    title: 'longest delay',
    cell: ({ maxDelayMs }) => (maxDelayMs === undefined ? 'any' : `${maxDelayMs} ms`),
  },
]

/** The whole page. */
export function matrixPage(): string {
  return `${[
    '# Driver matrix',
    '',
    'What each backend can carry, made from what its driver says of itself (`pnpm driver-matrix` writes this page). Dead letters, delays, priorities, retries and leases are on every backend. What a driver lacks does not compile, or is an `UnsupportedError` that names the alternative.',
    '',
    '## Facets',
    '',
    ...table(
      ['backend', ...FACETS],
      [...drivers.map(({ driver }) => ({ name: driver.name, driver })), ...mixed].map(({ name, driver }) => [
        name,
        ...FACETS.map((facet) => (has(driver, facet) ? '✓' : '–')),
      ]),
    ),
    '',
    ...FACETS.map((facet) => `- **${facet}**: ${FACET_WORDS[facet]}.`),
    '',
    '## Limits',
    '',
    ...table(
      ['backend', ...LIMITS.map(({ title }) => title)],
      drivers.map(({ driver }) => [driver.name, ...LIMITS.map(({ cell }) => cell(driver.limits))]),
    ),
    '',
    '- **lease**: a `timed` one ends by the backend’s clock unless it is renewed, a `connection` one with the connection.',
    '- **fence**: with a `token`, each write proves that its worker still holds the task; `delivery` is as good as the broker makes it, unless [a store stands beside it](mixing.md).',
    '- **writes in flight**: how many calls of a process that store tasks are under way at the same time; what is enqueued meanwhile travels in the next one.',
    '- **priorities**: `exact` are −128 to 127, `bands` are rounded to four levels.',
    '',
    '## Verified on',
    '',
    ...table(
      ['backend', 'package', 'whole conformance suite on'],
      drivers.map(({ driver, package: name, verifiedOn }) => [driver.name, `\`${name}\``, verifiedOn]),
    ),
  ].join('\n')}\n`
}

/** With `inspection` come the backlog and cancelling. */
function has(driver: Driver, facet: (typeof FACETS)[number]): boolean {
  const isPart = facet === 'backlog' || facet === 'cancellation'
  return driver[facet] !== undefined || (isPart && driver.inspection !== undefined)
}

function table(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

function bytes(value: number): string {
  return value >= 1_048_576 ? `${count(value / 1_048_576)} MiB` : `${count(value / 1_024)} KiB`
}

function count(value: number): string {
  return Number.isFinite(value) ? value.toLocaleString('en', { maximumFractionDigits: 1 }) : 'any'
}
