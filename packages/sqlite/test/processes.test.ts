import { createTasq, defineTask } from '@tasq/core'
import { expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { run, temporaryFile } from './support/fixtures.ts'

const note = defineTask({
  name: 'note',
  retry: { maxAttempts: 5, strategy: 'fixed', delay: 50, jitter: 0 },
  visibilityTimeout: '2s',
  run: (_input: { number: number; ms: number }) => {},
})
const hang = defineTask({
  name: 'hang',
  retry: { maxAttempts: 2, strategy: 'fixed', delay: 50, jitter: 0 },
  visibilityTimeout: '1s',
})

test('kill -9 of a worker in the middle of a run: every task is done within a lease plus 5 s, none is lost, none settled twice', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [note] })
  const handles = await tasq.enqueueMany(
    note,
    Array.from({ length: 400 }, (_, number) => ({ number, ms: 10 })),
  )
  const victim = run('worker.mjs', [file, '10', 'stuck'])
  await victim.out.line('completed')
  await victim.out.line('stuck')
  const survivor = run('worker.mjs', [file])
  await survivor.out.line('completed')
  victim.process.kill('SIGKILL')
  expect(await victim.ended).toBe('SIGKILL')

  await expect
    .poll(() => tasq.queue('default').counts(), { timeout: 2_000 + 5_000, interval: 50 })
    .toMatchObject({ ready: 0, scheduled: 0, active: 0, dead: 0 })
  survivor.process.kill('SIGTERM')
  expect(await survivor.ended).toBe(0)

  const completed = [...victim.out.lines(), ...survivor.out.lines()].filter((line) =>
    line.startsWith('completed'),
  )
  const ran = new Set(
    [...victim.out.lines(), ...survivor.out.lines()].filter((line) => line.startsWith('ran')),
  )
  expect(ran.size).toBe(handles.length)
  expect(new Set(completed).size).toBe(completed.length)
  expect(survivor.out.lines().some((line) => line.startsWith('recovered'))).toBe(true)
  expect(survivor.err.text()).toBe('')
})

test('a task that takes its worker down at every attempt ends among the dead letters as lost', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [hang] })
  const { id } = await tasq.enqueue(hang)
  for (let attempt = 1; attempt <= 2; attempt++) {
    const victim = run('worker.mjs', [file])
    await victim.out.line(`started ${id}`)
    victim.process.kill('SIGKILL')
    await victim.ended
  }
  const undertaker = run('worker.mjs', [file])
  await undertaker.out.line(`recovered ${id}`)
  await expect
    .poll(() => tasq.handle(hang, id).inspect())
    .toMatchObject({
      state: 'dead',
      reason: 'lost',
      attempts: 2,
      failures: [{ code: 'TASQ_LEASE_LOST' }, { code: 'TASQ_LEASE_LOST' }],
    })
})

test('several processes on one file run every task exactly once', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [note] })
  await tasq.open()
  const workers = [run('worker.mjs', [file]), run('worker.mjs', [file]), run('worker.mjs', [file])]
  const producers = [0, 200, 400].map((from) => run('produce.mjs', [file, '200', String(from)]))
  for (const producer of producers) expect(await producer.ended, producer.err.text()).toBe(0)
  await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
  for (const worker of workers) worker.process.kill('SIGTERM')
  for (const worker of workers) expect(await worker.ended, worker.err.text()).toBe(0)
  const ran = workers.flatMap((worker) => worker.out.lines().filter((line) => line.startsWith('ran')))
  expect(ran).toHaveLength(600)
  expect(new Set(ran).size).toBe(600)
})

test('a worker is woken by the commit of another process, long before its poll', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [note] })
  const worker = tasq.worker({ pollInterval: '1h' })
  await worker.start()
  const done = new Promise<number>((resolve) => tasq.events.on('task:completed', () => resolve(Date.now())))
  const producer = run('produce.mjs', [file, '1'])
  await producer.out.line('stored')
  const storedAt = Date.now()
  expect((await done) - storedAt).toBeLessThan(5_000)
})

test('a result is awaited across processes, by notice', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [note] })
  const worker = run('worker.mjs', [file])
  await worker.out.line('online')
  const handle = await tasq.enqueue(note, { number: 1, ms: 100 }, { keepResult: '1m' })
  expect(await handle.result({ timeout: '10s' })).toBeUndefined()
})

test('SIGTERM lets running tasks end, and hands back what waits', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [note] })
  const worker = run('worker.mjs', [file, '2'])
  await tasq.enqueueMany(
    note,
    [1, 2, 3, 4].map((number) => ({ number, ms: 300 })),
  )
  await worker.out.line('started')
  worker.process.kill('SIGTERM')
  expect(await worker.ended, worker.err.text()).toBe(0)
  const { ready, active } = await tasq.queue('default').counts()
  const ran = worker.out.lines().filter((line) => line.startsWith('ran')).length
  expect({ active, all: ran + ready }).toEqual({ active: 0, all: 4 })
  expect(ran).toBeGreaterThan(0)
})

test('a second SIGTERM stops at once and hands back what runs, without an attempt', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file), tasks: [hang] })
  const worker = run('worker.mjs', [file])
  const { id } = await tasq.enqueue(hang)
  await worker.out.line(`started ${id}`)
  worker.process.kill('SIGTERM')
  await worker.out.line('signal')
  worker.process.kill('SIGTERM')
  await worker.out.line('stopped')
  expect(await tasq.handle(hang, id).inspect()).toMatchObject({ state: 'ready', attempts: 0 })
})

test('six processes that start at once on a new file agree on its schema', async () => {
  const file = temporaryFile()
  const children = Array.from({ length: 6 }, () => run('open.mjs', [file]))
  for (const child of children) expect(await child.ended, child.err.text()).toBe(0)
  expect(children.flatMap((child) => child.out.lines().filter((line) => line.startsWith('failed')))).toEqual(
    [],
  )
  await using tasq = createTasq({ driver: sqlite(file) })
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 6 })
})
