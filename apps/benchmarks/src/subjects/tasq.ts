import { createTasq, type Driver, defineTask, type EnqueueOptions, type StoreDriver, typed } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { mysql } from '@tasq/mysql'
import { postgres } from '@tasq/postgres'
import { rabbitmq } from '@tasq/rabbitmq'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { sqs } from '@tasq/sqs'
import type { Backend } from './backend.ts'
import { SQS_TASKS } from './raw-sqs.ts'
import type { Features, Handler, Payload, Place, Session, Subject } from './subject.ts'

/** One driver of Tasq, with default settings unless the name says otherwise. */
function subject(
  backend: Backend,
  settings: string,
  driver: (place: Place) => Driver,
  name = 'tasq',
): Subject {
  return { name, backend, settings, open: async (place, features) => await open(driver(place), features) }
}

/** A broker with a store beside it. */
function mixed(
  backend: Backend,
  driver: (place: Place) => Driver,
  store: (place: Place) => StoreDriver,
): Subject {
  const [, beside = ''] = backend.split('+')
  return {
    name: `tasq + ${beside}`,
    backend,
    settings: 'defaults of both',
    open: async (place, features) => {
      if (place.store === undefined) throw new Error(`${backend} has no store`)
      return await open(driver(place), features, store(place.store))
    },
  }
}

async function open(
  driver: Driver,
  { uniqueAndKept, monitoring }: Features,
  store?: StoreDriver,
): Promise<Session> {
  let handler: Handler = async () => {}
  const task = defineTask({ name: 'noop', input: typed<Payload>(), run: (payload) => handler(payload) })
  // only where it is measured: its libraries alone make a drain slower, by what the collector has to look at
  const monitored = monitoring === undefined ? undefined : await import('./monitored.ts')
  const app = { driver, tasks: [task], ...monitored?.monitoredApp(monitoring) }
  const tasq = store === undefined ? createTasq(app) : createTasq({ ...app, store })
  monitored?.listenToAll(tasq)
  await tasq.open()
  const optionsOf = ({ index }: Payload): EnqueueOptions | undefined =>
    uniqueAndKept ? { unique: { key: String(index) }, keepResult: '1h' } : undefined
  return {
    enqueue: async (payload) => void (await tasq.enqueue(task, payload, optionsOf(payload))),
    enqueueMany: async (all) => void (await tasq.enqueueMany(task, all, optionsOf)),
    work: async (concurrency, run) => {
      handler = run
      const worker = tasq.worker({ concurrency, metrics: monitoring !== undefined })
      await worker.start()
      return { stop: async () => void (await worker.stop()) }
    },
    left: async () => {
      const { ready, scheduled = 0, active = 0, dead } = await tasq.queue('default').counts()
      return ready + scheduled + active + dead
    },
    close: () => tasq.close(),
  }
}

const onRabbitmq = ({ url }: Place) => rabbitmq(url)
const onSqs = ({ access }: Place) => sqs(access)
const besideRedis = ({ url }: Place) => redis(url)
const besidePostgres = ({ url }: Place) => postgres(url)
const besideSqlite = ({ file }: Place) => sqlite(file)

export const tasqSubjects: readonly Subject[] = [
  subject('memory', 'defaults', () => memory()),
  subject('sqlite', 'defaults: synchronous FULL', ({ file }) => sqlite(file)),
  subject(
    'sqlite',
    'synchronous NORMAL',
    ({ file }) => sqlite({ file, synchronous: 'normal' }),
    'tasq (normal)',
  ),
  subject('redis', 'defaults', ({ url }) => redis(url)),
  subject('postgres', 'defaults', ({ url }) => postgres(url)),
  subject('mysql', 'defaults', ({ url }) => mysql(`${url}/tasq`)),
  subject('rabbitmq', 'defaults', onRabbitmq),
  mixed('rabbitmq+redis', onRabbitmq, besideRedis),
  mixed('rabbitmq+postgres', onRabbitmq, besidePostgres),
  mixed('rabbitmq+sqlite', onRabbitmq, besideSqlite),
  ...[
    subject('sqs', 'defaults', onSqs),
    mixed('sqs+redis', onSqs, besideRedis),
    mixed('sqs+sqlite', onSqs, besideSqlite),
  ].map((each) => ({ ...each, mostTasks: SQS_TASKS })),
]
