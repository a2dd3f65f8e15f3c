import { join } from 'node:path'
import { createTasq, type DeadReason, type TaskDefinition, type Tasq } from '@tasq/core'
import { redis } from '@tasq/redis'
import { sqlite } from '@tasq/sqlite'
import { expect, inject, onTestFinished } from 'vitest'
import { onMysql, onPostgres, serverFlags } from './driver-trials.ts'
import { finishHere } from './run.ts'
import { userFolder } from './user-folder.ts'

/** A backend with nothing in it, as an app and a command line know it. */
export interface Backend {
  readonly name: string
  /** Where the command is run. */
  readonly folder: string
  /** What leads a command line to it. */
  readonly flags: readonly string[]
  readonly app: Tasq
}

/** What makes one. */
export interface BackendMaker {
  readonly name: string
  readonly make: () => Promise<Backend>
}

/** SQLite, and Redis in a database of its own: what lists everything must not meet what other tests leave there. */
export function sqliteAndRedis(database: number): readonly BackendMaker[] {
  return [onFile, onServer(database)]
}

/** A database in a folder. */
export const onFile: BackendMaker = {
  name: 'sqlite',
  make: async () => {
    const folder = userFolder()
    const app = opened(createTasq({ driver: sqlite(join(folder, 'tasq.db')) }))
    await app.open()
    return { name: 'sqlite', folder, flags: [], app }
  },
}

function onServer(database: number): BackendMaker {
  return {
    name: 'redis',
    make: async () => {
      const driver = redis({ ...inject('servers').redis, database })
      const app = opened(createTasq({ driver }))
      await app.open()
      await empty(app)
      const flags = [...serverFlags('redis'), '--redis-db', String(database)]
      return { name: 'redis', folder: userFolder('redis'), flags, app }
    },
  }
}

/** The servers with tables of which others have some too: for what is asked of one queue. */
export const sqlServers: readonly BackendMaker[] = [
  { name: 'postgres', make: async () => shared('postgres', onPostgres()) },
  { name: 'mysql', make: async () => shared('mysql', onMysql()) },
]

function shared(name: string, app: Tasq): Backend {
  return { name, folder: userFolder(name), flags: serverFlags(name), app }
}

async function empty(app: Tasq): Promise<void> {
  for (const name of await app.queues()) {
    const queue = app.queue(name)
    await queue.purge(['ready', 'scheduled', 'completed', 'cancelled'])
    await queue.changeTasks('cancel', { state: 'active' })
    await queue.deadLetters.purge()
    await queue.resume()
    await queue.limit({})
  }
  for (const { id } of await app.schedules.list()) await app.schedules.remove(id)
  await app.workers.cleanup(0)
}

function opened<App extends Tasq>(app: App): App {
  onTestFinished(() => app.close())
  return app
}

/** Runs a command to its end, on a backend. */
export async function run(
  { folder, flags }: Pick<Backend, 'folder' | 'flags'>,
  ...argv: readonly string[]
): ReturnType<typeof finishHere> {
  return await finishHere(folder, ...argv, ...flags)
}

/** The same where it must do what it is told; gives what it prints as JSON. */
export async function answer(
  backend: Pick<Backend, 'folder' | 'flags'>,
  ...argv: readonly string[]
): Promise<Readonly<Record<string, unknown>>> {
  const { code, out, err } = await run(backend, ...argv, '--json')
  expect(code, err).toBe(0)
  return JSON.parse(out)
}

/** Puts tasks of some name into a queue and gives up each of them, for a reason. */
export async function die(
  { app }: Pick<Backend, 'app'>,
  definition: TaskDefinition,
  count: number,
  options: {
    readonly queue: string
    readonly message?: (index: number) => string
    readonly reason?: DeadReason
  },
): Promise<void> {
  const { queue, message = () => 'no such luck', reason = 'exhausted' } = options
  await app.enqueueMany(definition, Array(count).fill(undefined), { queue })
  const call = { repeat: false, queues: [{ name: queue, max: count }], max: count, waitMs: 0 }
  let done = 0
  while (done < count) {
    const deliveries = await app.driver.reserve({ ...call, callId: `${queue}-${definition.name}-${done}.1` })
    if (deliveries.length === 0) throw new Error('there is nothing to give up')
    const settlements = deliveries.map(({ lease, attempt }, index) => {
      const failure = {
        name: 'Error',
        message: message(done + index),
        stack: `Error: at work.js:${done + index}`,
        attempt,
        at: Date.now(),
      }
      return {
        kind: 'deadLetter' as const,
        lease,
        reason,
        attempts: attempt,
        failure,
        history: { failures: [failure] },
        keepMs: 3_600_000,
      }
    })
    await app.driver.settle(settlements)
    done += deliveries.length
  }
}
