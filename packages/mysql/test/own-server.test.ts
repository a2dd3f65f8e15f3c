import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import { startMariadb } from '@tasq/test-support/servers'
import { expect, onTestFinished, test } from 'vitest'
import { mysql } from '../src/index.ts'
import { administer, connectAsUser, urlOf } from './support/database.ts'
import { restrictedUser } from './support/users.ts'

// What can be tried only on a server that nobody else uses.

const noop = defineTask({ name: 'noop', run: (_input: string | undefined) => {} })

async function ownServer(args: readonly string[] = []) {
  const { server, url: root } = await startMariadb({ args })
  onTestFinished(() => server.dispose())
  await administer('CREATE DATABASE own', root)
  return {
    root,
    server,
    url: urlOf('own', root),
    set: async (variable: string) => await administer(`SET GLOBAL ${variable}`, root),
  }
}

test('settings of the server that can not work are refused when it is opened, with what to set', async () => {
  const { url, set } = await ownServer(['--log-bin', '--binlog-format=STATEMENT'])
  await using early = createTasq({ driver: mysql(url) })
  await expect(early.open()).rejects.toMatchObject({ nextStep: expect.stringContaining('binlog_format') })
  await set('binlog_format = MIXED')
  await set('max_allowed_packet = 4194304')
  await using small = createTasq({ driver: mysql(url) })
  await expect(small.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_FAILED',
    nextStep: expect.stringContaining('max_allowed_packet'),
  })
  await set('max_allowed_packet = 16777216')
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  const { id } = await tasq.enqueue(noop)
  await tasq.worker().start()
  expect(await done).toMatchObject({ id }) // also with a binary log
})

test('a server that becomes read-only is told, loses nothing, and is used again when it can be written', async () => {
  const { url, root, set } = await ownServer()
  await mysql(url).migrations.apply()
  const user = await restrictedUser(url, 'ALL', '', root)
  await using tasq = createTasq({ driver: mysql(user), tasks: [noop], random: () => 0 })
  const done = new Set<string>()
  tasq.events.on('task:completed', ({ id }) => void done.add(id))
  const first = await tasq.enqueue(noop)
  await set('read_only = ON')
  await expect(tasq.enqueue(noop)).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    outcome: 'refused',
    nextStep: expect.stringContaining('primary'),
  })
  const troubled = new Promise((resolve) => tasq.events.on('worker:error', resolve))
  await tasq.worker({ pollInterval: '100ms' }).start()
  await troubled
  await set('read_only = OFF')
  const second = await tasq.enqueue(noop)
  await expect.poll(() => done.size).toBe(2)
  expect([...done].sort()).toEqual([first.id, second.id].sort())
})

test('a full disk refuses new tasks, loses none, and workers go on once there is room', async () => {
  const args = ['--innodb-file-per-table=OFF', '--innodb-data-file-path=ibdata1:12M']
  const { url, server } = await ownServer(args)
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  await tasq.open()
  const input = 'x'.repeat(100_000)
  let stored = 0
  let refused: unknown
  while (refused === undefined && stored < 500) {
    try {
      await tasq.enqueue(noop, input)
      stored++
    } catch (error) {
      refused = error
    }
  }
  expect(refused).toMatchObject({
    code: 'TASQ_STORE_FULL',
    outcome: 'refused',
    nextStep: expect.stringContaining('Free space'),
  })
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: stored })
  await tasq.worker({ concurrency: 1 }).start() // whether it finds room for a claim is up to chance
  args.splice(1, 1, '--innodb-data-file-path=ibdata1:12M:autoextend')
  await server.stop()
  await server.start()
  await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
  expect((await tasq.enqueue(noop, input)).status).toBe('created')
})

test('a worker at rest asks its server for little', async () => {
  const { url, root } = await ownServer()
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  const worker = tasq.worker()
  await worker.start()
  await tasq.enqueue(noop)
  const observer = await connectAsUser(root, { rowsAsArray: true })
  const questions = async () => {
    const [rows] = await observer.query("SHOW GLOBAL STATUS LIKE 'Questions'")
    return Number((rows as string[][])[0]?.[1])
  }
  /** Statements a second, but for those that ask for it. */
  const pace = async (ms: number) => {
    const before = await questions()
    await setTimeout(ms)
    return ((await questions()) - before - 1) / (ms / 1_000)
  }
  // Right after work it looks often; then less and less, down to 4 looks a second and one at what is paused; every few seconds the leader
  // and the heartbeat write, in a transaction each, and what has been kept long enough is removed.
  await expect.poll(() => pace(500), { timeout: 20_000, interval: 1 }).toBeLessThan(9)
  expect(await pace(5_000)).toBeLessThan(25)
})
