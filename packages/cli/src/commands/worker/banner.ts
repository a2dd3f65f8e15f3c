import type { Tasq, WorkerOptions } from '@tasq/core'
import { locationsOf } from '../../config/driver.ts'
import type { Log } from '../../output/log.ts'
import { redactUrl } from '../../output/redact.ts'
import { packageVersion } from '../../version.ts'
import type { WorkerFlags } from './options.ts'

/** How many names of tasks a message has; its fields have all. */
const NAMES_SHOWN = 12

/** What a start says beside its settings. */
export interface Started {
  readonly tasq: Tasq
  readonly flags: WorkerFlags
  readonly options: WorkerOptions
  readonly queues: readonly string[]
  readonly workerId: string | undefined
  /** Of worker processes: `4`, or `1 to 8`. */
  readonly processes: string | undefined
  /** Where metrics are served. */
  readonly metrics: string | undefined
}

/** Says what a worker is about to do, and where. */
export function sayStart(
  log: Log,
  { tasq, flags, options, queues, workerId, processes, metrics }: Started,
): void {
  if (!log.shows('info')) return
  const { concurrency = 10, prefetch = 1_000, execution = 'inline', queuePolicy = 'strict' } = options
  const tasks = tasq.tasks
    .filter(({ run }) => run !== undefined)
    .map(({ name }) => name)
    .sort()
  const { driver, store } = flags.app === undefined ? locationsOf(flags) : {}
  const backend = [tasq.driver.name, driver === undefined ? undefined : redactUrl(driver)]
  const parts = [
    backend.filter((part) => part !== undefined).join(' '),
    ...(store === undefined ? [] : [`store ${redactUrl(store)}`]),
    `queues ${queues.join(', ')}`,
    `concurrency ${concurrency}`,
    `prefetch up to ${prefetch}`,
    `execution ${execution}`,
    ...(processes === undefined ? [] : [`processes ${processes}`]),
    ...(metrics === undefined ? [] : [`metrics ${metrics}`]),
    `tasks ${shortList(tasks)}`,
  ]
  const version = packageVersion()
  log.say('info', `starts, tasq ${version}, pid ${process.pid}: ${parts.join('; ')}`, {
    workerId,
    version,
    node: process.version,
    driver: tasq.driver.name,
    backend: driver === undefined ? undefined : redactUrl(driver),
    store: store === undefined ? undefined : redactUrl(store),
    hasEvents: tasq.driver.events !== undefined,
    queues,
    queuePolicy,
    concurrency,
    prefetch,
    execution,
    processes,
    metrics,
    tasks,
  })
}

function shortList(names: readonly string[]): string {
  const more = names.length - NAMES_SHOWN
  return more > 0 ? `${names.slice(0, NAMES_SHOWN).join(', ')} and ${more} more` : names.join(', ')
}
