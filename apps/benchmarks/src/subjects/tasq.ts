import { createTasq, type Driver, defineTask, type EnqueueOptions, typed } from '@tasq/core'
import { memory } from '@tasq/core/memory'
import { mysql } from '@tasq/mysql'
import { postgres } from '@tasq/postgres'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import type { Backend, Features, Handler, Payload, Place, Session, Subject } from './subject.ts'

/** One driver of Tasq, with default settings unless the name says otherwise. */
function subject(
  backend: Backend,
  settings: string,
  driver: (place: Place) => Driver,
  name = 'tasq',
): Subject {
  return { name, backend, settings, open: async (place, features) => await open(driver(place), features) }
}

async function open(driver: Driver, { uniqueAndKept }: Features): Promise<Session> {
  let handler: Handler = async () => {}
  const task = defineTask({ name: 'noop', input: typed<Payload>(), run: (payload) => handler(payload) })
  const tasq = createTasq({ driver, tasks: [task] })
  await tasq.open()
  const optionsOf = ({ index }: Payload): EnqueueOptions | undefined =>
    uniqueAndKept ? { unique: { key: String(index) }, keepResult: '1h' } : undefined
  return {
    enqueue: async (payload) => void (await tasq.enqueue(task, payload, optionsOf(payload))),
    enqueueMany: async (all) => void (await tasq.enqueueMany(task, all, optionsOf)),
    work: async (concurrency, run) => {
      handler = run
      const worker = tasq.worker({ concurrency })
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
]
