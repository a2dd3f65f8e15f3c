import { readdirSync } from 'node:fs'
import { gone, temporaryFolder } from '@tasq/test-support'
import { expect, inject, onTestFinished, vi } from 'vitest'
import { parseOptions } from '../../src/options.ts'
import { type FileQueue, openQueue } from '../../src/queue.ts'
import { writeMany } from './folders.ts'
import { type Finished, finished, pidsIn, start } from './quickstart.ts'

/** How many files there are to measure. */
export const FILES = 400

/** A folder with files, and what the quick start needs to measure it on a server. */
export interface OnServer {
  readonly folder: string
  readonly flags: readonly string[]
  /** Flags that lead to where no server is. */
  readonly astray: readonly string[]
  /** What runs keep among temporary files. */
  kept(): readonly string[]
  /** The queue that a run would use now. */
  queue(): ServerQueue
}

export interface ServerQueue extends Pick<FileQueue, 'tasq'> {
  readonly name: string
}

/** @param backend the name of a driver, or of a broker and a store: `sqs and redis`. */
export function onServer(backend: string): OnServer {
  const [driver = '', store] = backend.split(' and ')
  const folder = temporaryFolder()
  writeMany(folder, FILES)
  const temporary = temporaryFolder()
  const { accessKeyId, secretAccessKey } = inject('servers').sqs
  const environment = {
    TMPDIR: temporary,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  }
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
  onTestFinished(() => void vi.unstubAllEnvs())
  const { url } = serverOf(driver)
  const nowhere = new URL(url)
  nowhere.port = '1'
  return {
    folder,
    flags: flagsOf(driver, url, store),
    astray: flagsOf(driver, nowhere.href, store),
    kept: () => readdirSync(temporary).filter((name) => name.startsWith('tasq-quickstart-')),
    queue: () => queueOf([...flagsOf(driver, url, store), folder]),
  }
}

/** The flag of each driver that says where its server is, and the server that the tests have. */
function serverOf(driver: string): { readonly flag: string; readonly url: string } {
  const { redis, postgres, mysql, rabbitmq, sqs } = inject('servers')
  const password = encodeURIComponent(redis.password)
  if (driver === 'redis') return { flag: '--redis-url', url: redis.url.replace('//', `//:${password}@`) }
  if (driver === 'postgres') return { flag: '--postgres-dsn', url: postgres.url }
  if (driver === 'mysql') return { flag: '--mysql-dsn', url: mysql.url }
  if (driver === 'rabbitmq') return { flag: '--rabbitmq-url', url: rabbitmq.url }
  return { flag: '--sqs-endpoint-url', url: sqs.endpoint }
}

function flagsOf(driver: string, url: string, store: string | undefined): readonly string[] {
  const region = driver === 'sqs' ? ['--sqs-region', inject('servers').sqs.region] : []
  const beside = store === undefined ? [] : ['--store', store]
  const there = store === undefined || store === 'sqlite' ? [] : ['--store-url', serverOf(store).url]
  return ['--driver', driver, serverOf(driver).flag, url, ...region, ...beside, ...there]
}

function queueOf(argv: readonly string[]): ServerQueue {
  const options = parseOptions(argv, '.')
  if (options === 'help') throw new Error('nobody asked for help')
  const { tasq } = openQueue(options.backend, new AbortController().signal)
  onTestFinished(() => tasq.close())
  return { tasq, name: options.backend.queue }
}

/** The counts of a queue that are not zero, of those that its driver can tell. */
export async function leftIn({ tasq }: ServerQueue, name: string): Promise<Readonly<Record<string, number>>> {
  const counts = Object.entries(await tasq.queue(name).counts())
  return Object.fromEntries(counts.filter((entry): entry is [string, number] => (entry[1] ?? 0) > 0))
}

/** Ends a run in its middle; gives what it said, and its queue. */
export async function interruptedRun({
  folder,
  flags,
  queue,
}: OnServer): Promise<Finished & { readonly queue: ServerQueue }> {
  const quickstart = start(['--workers', '2', '--concurrency', '1', folder], { server: flags })
  await quickstart.workers()
  const found = queue()
  const readyTasks = async () => (await found.tasq.queue(found.name).counts()).ready
  let most = 0
  const takenTasks = async () => {
    const ready = await readyTasks()
    most = Math.max(most, ready)
    return most - ready
  }
  await expect.poll(takenTasks).toBeGreaterThanOrEqual(20)
  quickstart.process.kill('SIGTERM')
  const run = await finished(quickstart)
  await gone(...pidsIn(run.out))
  expect(await readyTasks()).toBeGreaterThan(0)
  return { ...run, queue: found }
}
