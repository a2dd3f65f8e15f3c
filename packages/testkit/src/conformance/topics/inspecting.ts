import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Driver, TaskRecord, TaskRef } from '@tasq/core/driver'
import { claim, claimOne, enqueue, enqueueOne, hold } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'
import { assertBetween, assertSame, assertSameBytes } from '../expect.ts'
import { bury, cancel, complete, history, retry, settle } from '../settlements.ts'
import { bytesOf, newTask, newTasks, policy, QUEUE, refOf } from '../tasks.ts'

const KEEP_MS = 60_000

export const inspecting: ConformanceTopic = {
  name: 'looking at tasks',
  needs: ['inspection'],
  cases: [
    {
      name: 'each queue is counted by state, in order',
      run: async (context) => {
        const driver = await context.connect()
        const { count } = facet(driver, 'inspection')
        const zero = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }
        await enqueue(driver, [
          ...newTasks(4, { queue: 'a' }),
          ...newTasks(2, { queue: 'b', delayMs: 60_000 }),
        ])
        await claimOne(context, driver, { queue: 'a' })
        await settle(driver, bury(await claimOne(context, driver, { queue: 'a' })))
        await settle(driver, complete(await claimOne(context, driver, { queue: 'a' }), { keepMs: KEEP_MS }))
        await settle(driver, cancel(await hold(context, driver, { queue: 'c' }), { keepMs: KEEP_MS }))
        await settle(driver, complete(await hold(context, driver, { queue: 'c' })))
        assertSame(await count(['b', 'none', 'a', 'c']), [
          { queue: 'b', ...zero, scheduled: 2 },
          { queue: 'none', ...zero },
          { queue: 'a', ...zero, ready: 1, active: 1, dead: 1, finished: 1 },
          { queue: 'c', ...zero, finished: 1 },
        ])
        assert.deepEqual(await count([]), [])
      },
    },
    {
      name: 'a task that has become due counts as ready, looked for or not',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { delayMs: 100 })
        await context.until('it counts as ready', async () => {
          const [counts] = await facet(driver, 'inspection').count([QUEUE])
          return counts?.ready === 1 && counts.scheduled === 0
        })
      },
    },
    {
      name: 'how long the oldest ready task has waited, whatever its priority and its place among others',
      run: async (context) => {
        const driver = await context.connect()
        const { oldestReady } = facet(driver, 'inspection')
        const low = context.has('exact priorities') ? -7 : 0
        await enqueue(driver, [
          newTask({ queue: 'a', priority: low }),
          newTask({ queue: 'b', delayMs: 60_000 }),
          newTask({ queue: 'c', delayMs: 100 }),
        ])
        await context.advance(200)
        await enqueue(driver, newTasks(2, { queue: 'a', priority: low }))
        await enqueueOne(driver, { queue: 'a', priority: context.has('exact priorities') ? 9 : 0 })
        await enqueueOne(driver, { queue: 'a' })
        const [none, oldest, scheduled] = await oldestReady(['none', 'a', 'b'])
        assert.deepEqual([none, scheduled], [undefined, undefined])
        assertBetween('the oldest', oldest ?? -1, 200, 20_000)
        await context.until('what has become due is ready', async () => {
          const [due] = await oldestReady(['c'])
          return due !== undefined && due < (oldest ?? 0) + 20_000
        })
        await claim(context, driver, 5, { queue: 'a' })
        assert.deepEqual(await oldestReady(['a']), [undefined])
        assert.deepEqual(await oldestReady([]), [])
      },
    },
    {
      name: 'an outcome that is no longer kept does not count',
      run: async (context) => {
        const driver = await context.connect()
        await settle(driver, complete(await hold(context, driver), { keepMs: 200 }))
        await context.until('nothing is left', async () => {
          const [counts] = await facet(driver, 'inspection').count([QUEUE])
          return counts?.finished === 0
        })
      },
    },
    {
      name: 'a waiting task shows all of its fields',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, {
          task: 'some.task',
          headers: { 'ein Kopf': '🐢' },
          payload: { bytes: bytesOf('\u0000x'), encoding: 'x-odd' },
          priority: context.has('exact priorities') ? 7 : 0,
          keepResultMs: 4_321,
          unique: { key: 'k "1"' },
          delayMs: 60_000,
          expiresInMs: 90_000,
        })
        const { enqueuedAt, dueAt, expiresAt, payload, ...rest } = await getOne(driver, envelope)
        assertSame(rest, {
          id: envelope.id,
          queue: QUEUE,
          task: 'some.task',
          state: 'scheduled',
          priority: envelope.priority,
          attempts: 0,
          uniqueKey: 'k "1"',
          keepResultMs: 4_321,
          headers: envelope.headers,
          policy,
        })
        assertSameBytes(payload?.bytes, envelope.payload.bytes)
        assert.equal(payload?.encoding, 'x-odd')
        assert.equal((dueAt ?? 0) - enqueuedAt, 60_000)
        assert.equal((expiresAt ?? 0) - enqueuedAt, 90_000)
      },
    },
    {
      name: 'a running task shows its lease, its attempts, its history and its cancel mark',
      run: async (context) => {
        const driver = await context.connect()
        await settle(driver, retry(await hold(context, driver), { history }))
        const held = await claimOne(context, driver)
        const before = await getOne(driver, held.lease)
        assert.equal(before.state, 'active')
        assert.equal(before.attempts, 2)
        assert.equal(before.leaseToken, held.lease.token)
        assert.ok(before.cancelRequested !== true, 'nobody has asked to cancel it')
        assertSame(before.history, history)
        assertBetween('the end of the lease', (before.leaseUntil ?? 0) - held.now, 59_000, 61_000)
        await facet(driver, 'inspection').cancel([{ ref: refOf(held) }])
        assert.equal((await getOne(driver, held.lease)).cancelRequested, true)
      },
    },
    {
      name: 'a finished task shows its outcome while that is kept',
      run: async (context) => {
        const driver = await context.connect()
        const done = await hold(context, driver, { task: 'some.task' })
        await context.advance(20)
        const result = { bytes: bytesOf('\u0000result'), encoding: 'x-odd' }
        await settle(driver, complete(done, { keepMs: KEEP_MS, result }))
        const given = await hold(context, driver)
        await settle(driver, cancel(given, { keepMs: KEEP_MS }))
        const [completed, cancelled] = [await getOne(driver, done.lease), await getOne(driver, given.lease)]
        assert.deepEqual(
          [completed.state, completed.task, completed.attempts, cancelled.state],
          ['completed', 'some.task', 1, 'cancelled'],
        )
        assertSame(completed.result, result)
        assert.equal(completed.enqueuedAt, done.enqueuedAt)
        assertBetween('the time of finishing', (completed.finishedAt ?? 0) - done.now, 20, 20_000)
        assert.deepEqual([completed.leaseToken, completed.leaseUntil], [undefined, undefined])
      },
    },
    {
      name: 'what is unknown, dead, gone or in another queue is not found',
      run: async (context) => {
        const driver = await context.connect()
        const dead = await hold(context, driver)
        await settle(driver, bury(dead))
        const gone = await hold(context, driver)
        await settle(driver, complete(gone))
        const waiting = refOf(await enqueueOne(driver))
        const refs = [
          { queue: QUEUE, id: randomUUID() },
          refOf(dead),
          waiting,
          refOf(gone),
          { ...waiting, queue: 'other' },
        ]
        const records = await facet(driver, 'inspection').get(refs)
        assert.deepEqual(
          records.map((record) => record?.id),
          [undefined, undefined, waiting.id, undefined, undefined],
        )
        assert.deepEqual(await facet(driver, 'inspection').get([]), [])
      },
    },
    {
      name: 'every queue that holds something is named, whatever it holds',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [
          ...newTasks(3, { queue: 'ready' }),
          ...newTasks(1, { queue: 'later', delayMs: 60_000 }),
        ])
        await hold(context, driver, { queue: 'active' })
        await settle(driver, bury(await hold(context, driver, { queue: 'dead' })))
        await settle(driver, complete(await hold(context, driver, { queue: 'kept' }), { keepMs: KEEP_MS }))
        await enqueueOne(driver, { queue: '100% "odd"' })
        const queues = await facet(driver, 'inspection').queues()
        assert.deepEqual([...queues].sort(), ['100% "odd"', 'active', 'dead', 'kept', 'later', 'ready'])
      },
    },
  ],
}

async function getOne(driver: Driver, { queue, id }: TaskRef): Promise<TaskRecord> {
  const [record] = await facet(driver, 'inspection').get([{ queue, id }])
  return record ?? assert.fail('the task is found')
}
