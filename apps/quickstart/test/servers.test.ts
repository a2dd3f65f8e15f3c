import { readdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { gone, temporaryFolder } from '@tasq/test-support'
import { describe, expect, inject, onTestFinished, test, vi } from 'vitest'
import type { Backend } from '../src/backend.ts'
import { parseOptions } from '../src/options.ts'
import { type FileQueue, openQueue } from '../src/queue.ts'
import { writeMany } from './support/folders.ts'
import { finish, finished, pidsIn, rowsIn, start } from './support/quickstart.ts'

const FILES = 400

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

/** The flags for a driver, and for the store beside it. */
function flagsOf(driver: string, store: string | undefined, url = serverOf(driver).url): readonly string[] {
  const region = driver === 'sqs' ? ['--sqs-region', inject('servers').sqs.region] : []
  const beside = store === undefined ? [] : ['--store', store]
  const there = store === undefined || store === 'sqlite' ? [] : ['--store-url', serverOf(store).url]
  return ['--driver', driver, serverOf(driver).flag, url, ...region, ...beside, ...there]
}

/** A folder with files, and what the quick start needs to measure it on a server. */
function given(driver: string, store: string | undefined) {
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
  const server = flagsOf(driver, store)
  return {
    folder,
    server,
    /** What a run keeps among temporary files. */
    kept: () => readdirSync(temporary).filter((name) => name.startsWith('tasq-quickstart-')),
    /** The queue, as a run would open it now. */
    open: () => opened(parsed([...server, folder]).backend),
  }
}

function parsed(argv: readonly string[]) {
  const options = parseOptions(argv, '.')
  if (options === 'help') throw new Error('help was not asked for')
  return options
}

function opened(backend: Backend): FileQueue & { readonly name: string } {
  const queue = openQueue(backend)
  onTestFinished(() => queue.tasq.close())
  return { ...queue, name: backend.queue }
}

/** How many tasks are in a queue, in states that its driver can tell. */
async function tasksIn({ tasq }: FileQueue, name: string): Promise<number> {
  const counts = Object.values(await tasq.queue(name).counts())
  return counts.reduce<number>((sum, count = 0) => sum + count, 0)
}

/** Waits until workers have taken some of the tasks. */
async function underWay({ tasq, name }: FileQueue & { readonly name: string }): Promise<void> {
  let most = 0
  const taken = async () => {
    const { ready } = await tasq.queue(name).counts()
    most = Math.max(most, ready)
    return most - ready
  }
  await expect.poll(taken).toBeGreaterThanOrEqual(20)
}

describe.each(['redis', 'postgres', 'mysql', 'rabbitmq', 'sqs', 'rabbitmq and sqlite', 'sqs and redis'])(
  'on %s',
  (backend) => {
    const [driver = '', store] = backend.split(' and ')
    const goesOn = store !== undefined || !['rabbitmq', 'sqs'].includes(driver)

    test('a folder is measured, what can not be is told, and nothing is left behind', async () => {
      const { folder, server, kept, open } = given(driver, store)
      symlinkSync('nowhere', join(folder, 'dangling'))
      const { code, out, err } = await finish([folder], { server })
      expect({ code, err }).toEqual({ code: 0, err: '' })
      const [, tasks, queue = ''] = /^ {2}(\d+) tasks in queue (files-[-\w]+) of (.*)$/m.exec(out) ?? []
      expect(Number(tasks)).toBe(FILES + 1)
      expect(out).toContain(`${queue} of ${backend}\n`)
      expect(rowsIn(out).all?.[0]).toBe(FILES)
      expect(out).toMatch(new RegExp(`^${FILES} of ${FILES + 1} files measured`, 'm'))
      expect(out).toMatch(/^ {2}dangling: ENOENT: no such file or directory.* \(3 attempts\)$/m)
      expect(kept()).toEqual([])
      expect(await tasksIn(open(), queue)).toBe(0)
    })

    test('a run that is interrupted is found by its note, and goes on where it can', async () => {
      const { folder, server, kept, open } = given(driver, store)
      const quickstart = start(['--workers', '2', '--concurrency', '1', folder], { server })
      await quickstart.workers()
      const queue = open()
      await underWay(queue)
      quickstart.process.kill('SIGTERM')
      const { code, out } = await finished(quickstart)
      expect(code).toBe(143)
      expect(out).toMatch(
        goesOn ? /^Interrupted\. .*goes on where it stopped/m : /^Interrupted\. .*starts anew/m,
      )
      await gone(...pidsIn(out))
      expect((await queue.tasq.queue(queue.name).counts()).ready).toBeGreaterThan(0)

      const again = await finish([folder], { server })
      expect({ code: again.code, err: again.err }).toEqual({ code: 0, err: '' })
      expect(again.out).toContain(
        `  ${FILES} tasks in queue ${queue.name} of ${backend}${goesOn ? `, ${FILES} of them from an earlier run` : ''}\n`,
      )
      if (!goesOn) expect(again.out).toMatch(/^ {2}An earlier run was interrupted: it starts anew/m)
      expect(rowsIn(again.out).all?.[0]).toBe(FILES)
      expect(kept()).toEqual([])
      expect(await tasksIn(queue, queue.name)).toBe(0)
    })

    test('a server that is not there ends with 1, says what to do and leaves nothing behind', async () => {
      const { folder, kept } = given(driver, store)
      const nowhere = new URL(serverOf(driver).url)
      nowhere.port = '1'
      const { code, err } = await finish([folder], { server: flagsOf(driver, store, nowhere.href) })
      expect({ code, err }).toEqual({
        code: 1,
        err: expect.stringMatching(/^quick start: .*ECONNREFUSED.* See that/),
      })
      expect(kept()).toEqual([])
    })
  },
)

describe('flags that have no effect, or no meaning, are refused', () => {
  test.each([
    [['--redis-url', 'redis://a'], '--redis-url has no effect with --driver sqlite'],
    [['--postgres-dsn', 'postgres://a'], '--postgres-dsn has no effect with --driver sqlite'],
    [['--mysql-dsn', 'mysql://a'], '--mysql-dsn has no effect with --driver sqlite'],
    [['--rabbitmq-url', 'amqp://a'], '--rabbitmq-url has no effect with --driver sqlite'],
    [['--sqs-region', 'a'], '--sqs-region has no effect with --driver sqlite'],
    [
      ['--driver', 'rabbitmq', '--sqs-endpoint-url', 'http://a'],
      '--sqs-endpoint-url has no effect with --driver rabbitmq',
    ],
    [['--driver', 'sqs', '--file', 'a.db'], '--file has no effect with --driver sqs'],
    [['--driver', 'redis', '--store', 'sqlite'], '--store has no effect with --driver redis'],
    [['--driver', 'sqs', '--store-url', 'redis://a'], '--store-url has no effect without --store'],
    [['--driver', 'rabbitmq', '--store', 'sqs'], '--store takes sqlite, redis, postgres, mysql, not sqs'],
    [['--driver', 'oracle'], '--driver takes sqlite, redis, postgres, mysql, rabbitmq, sqs, not oracle'],
  ])('%j', (argv, message) => {
    expect(() => parseOptions(argv, '.')).toThrow(message)
  })
})
