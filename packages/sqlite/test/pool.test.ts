import { createTasq, defineTask, PoolError, type PoolOptions } from '@tasq/core'
import { gone, startNode } from '@tasq/test-support'
import { expect, onTestFinished, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { temporaryFile } from './support/fixtures.ts'

const module = new URL('./fixtures/pool-app.ts', import.meta.url)
/** As a user's program has it: packages come as they are built. */
const execArgv: readonly string[] = []
const nap = defineTask({ name: 'nap', keepResult: '1h', run: (_: number) => 0 })
const crash = defineTask({
  name: 'crash',
  keepResult: '1h',
  visibilityTimeout: '500ms',
  retry: { delay: '10ms', strategy: 'fixed' },
  run: (_: number) => 0,
})

/** An app whose pool works in processes of their own, on one file. */
function poolOn(options: Omit<PoolOptions, 'module'>) {
  const file = temporaryFile()
  process.env['POOL_FILE'] = file
  const tasq = createTasq({ driver: sqlite(file), tasks: [nap, crash] })
  onTestFinished(() => tasq.close())
  return { tasq, pool: tasq.pool({ module, execArgv, ...options }) }
}

test('its processes do the work, and end with it [C23]', async () => {
  const { tasq, pool } = poolOn({ min: 2, max: 2 })
  await pool.start()
  await expect.poll(() => pool.members.map(({ state }) => state)).toEqual(['working', 'working'])
  const pids = pool.members.flatMap(({ pid }) => (pid === undefined ? [] : [pid]))
  const handles = await tasq.enqueueMany(nap, [1, 1, 1, 1])
  for (const handle of handles) expect(pids).toContain(await handle.result({ timeout: '20s' }))
  expect((await tasq.workers.list()).map(({ pid }) => pid).sort()).toEqual([...pids].sort())
  await pool.stop()
  expect(pool.members).toEqual([])
  await gone(...pids)
})

test('it grows with what waits and shrinks again, and each task runs once [U30]', async () => {
  const { tasq, pool } = poolOn({
    min: 1,
    max: 3,
    scaleInterval: 50,
    drainTime: 500,
    shrinkAfter: 200,
    worker: { concurrency: 2, prefetch: 0 },
  })
  const sizes: number[] = []
  tasq.events.on('pool:scaled', ({ to }) => void sizes.push(to))
  await pool.start()
  const handles = await tasq.enqueueMany(
    nap,
    Array.from({ length: 150 }, () => 40),
  )
  await Promise.all(handles.map((handle) => handle.result({ timeout: '60s' })))
  await expect.poll(() => pool.size, { timeout: 20_000 }).toBe(1)
  await expect.poll(() => pool.members.length, { timeout: 20_000 }).toBe(1)
  expect(Math.max(...sizes)).toBe(3)
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0, finished: 150 })
  const snapshots = await tasq.queue('default').tasks('completed', { limit: 200 })
  expect(snapshots.items.every(({ attempts }) => attempts === 1)).toBe(true)
})

test('a process that crashes is replaced, and its task is done by another [C23]', async () => {
  const { tasq, pool } = poolOn({ min: 1, max: 1 })
  const crashed = new Promise((resolve) => tasq.events.on('pool:crashed', resolve))
  await pool.start()
  const [first] = pool.members
  const handle = await tasq.enqueue(crash, 1)
  expect(await crashed).toMatchObject({ pid: first?.pid, code: 7, restartInMs: expect.any(Number) })
  const by = await handle.result({ timeout: '30s' })
  expect(by).not.toBe(first?.pid)
  expect(pool.members.map(({ pid }) => pid)).toEqual([by])
})

test('its processes end when whoever made them is killed', async () => {
  const parent = startNode([new URL('./fixtures/pool-parent.ts', import.meta.url).pathname], {
    env: { POOL_FILE: temporaryFile() },
  })
  const line = await parent.out.line('pids ')
  const pids = line.split(' ').slice(1).map(Number)
  expect(pids.length).toBe(2)
  parent.process.kill('SIGKILL')
  await gone(...pids)
})

test('a module that can’t be loaded stops the start, which says why', async () => {
  const { tasq } = poolOn({})
  const missing = tasq.pool({ module: new URL('./fixtures/not-there.ts', import.meta.url), execArgv })
  const error: unknown = await missing.start().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(PoolError)
  expect(error).toMatchObject({ message: expect.stringContaining('not-there.ts') })
  const without = tasq.pool({ module, export: 'nothing', execArgv })
  await expect(without.start()).rejects.toThrow("no export 'nothing'")
  expect([missing.members, without.members]).toEqual([[], []])
})

test('its processes make the app of data that nobody else sees, and name their workers', async () => {
  const { tasq } = poolOn({})
  const file = temporaryFile()
  const pool = tasq.pool({
    module,
    export: 'made',
    data: { file },
    workerId: 'mail',
    min: 2,
    max: 2,
    autoScale: false,
    execArgv,
  })
  await pool.start()
  const there = createTasq({ driver: sqlite(file), tasks: [nap] })
  onTestFinished(() => there.close())
  expect(await (await there.enqueue(nap, 1)).result({ timeout: '20s' })).toBeTypeOf('number')
  await expect.poll(() => pool.members.map(({ workerId }) => workerId)).toEqual(['mail-1', 'mail-2'])
  expect(await pool.stop()).toMatchObject({ reason: 'told', tasksSucceeded: 1, tasksFailed: 0, abandoned: 0 })
  expect(() => tasq.pool({ module, data: () => 0 })).toThrow("Option 'data' can't be an object")
})

test('it ends with the last of its processes that find nothing more to do', async () => {
  const { tasq, pool } = poolOn({
    min: 2,
    max: 2,
    autoScale: false,
    worker: { stopWhenEmpty: true, pollInterval: 200 },
  })
  const crashed: unknown[] = []
  tasq.events.on('pool:crashed', (event) => void crashed.push(event))
  await tasq.enqueueMany(nap, [1, 1, 1])
  expect(await pool.run()).toMatchObject({ reason: 'stopWhenEmpty', tasksSucceeded: 3, tasksFailed: 0 })
  expect(crashed).toEqual([])
})

test('it ends when its time is over', async () => {
  const { pool } = poolOn({ min: 1, max: 1, worker: { runFor: 100 } })
  expect(await pool.run()).toMatchObject({ reason: 'runFor', tasksSucceeded: 0 })
})
