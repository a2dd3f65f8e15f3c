import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Driver, TaskRef } from '@tasq/core/driver'
import {
  assertNothingReady,
  asTask,
  claim,
  claimOne,
  deadCount,
  enqueue,
  enqueueOne,
  hold,
  idsOfHeld,
  reserveCall,
  tryEnqueue,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { facet } from '../context.ts'
import { assertBetween, assertSame, assertSameMembers } from '../expect.ts'
import { race } from '../race.ts'
import { bury, cancel, complete, history, retry, settle, settleAll } from '../settlements.ts'
import { bytesOf, idsOf, newTask, newTasks, QUEUE, refOf } from '../tasks.ts'

const KEEP_MS = 60_000

export const changing: ConformanceTopic = {
  name: 'changing tasks',
  needs: ['inspection'],
  cases: [
    {
      name: 'cancelling answers for each task where it was',
      run: async (context) => {
        const driver = await context.connect()
        const ready = refOf(await enqueueOne(driver, { queue: 'ready' }))
        const later = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        const running = refOf(await hold(context, driver, { queue: 'running' }))
        const done = await hold(context, driver, { queue: 'done' })
        await settle(driver, complete(done, { keepMs: KEEP_MS }))
        const dead = await hold(context, driver, { queue: 'dead' })
        await settle(driver, bury(dead))
        const forgotten = await hold(context, driver, { queue: 'forgotten' })
        await settle(driver, complete(forgotten))
        const refs = [ready, refOf(done), running, later, refOf(dead), refOf(forgotten)]
        const calls = [...refs, { queue: QUEUE, id: randomUUID() }].map((ref) => ({ ref }))
        assert.deepEqual(await facet(driver, 'inspection').cancel(calls), [
          'cancelled',
          'finished',
          'requested',
          'cancelled',
          'finished',
          'unknown',
          'unknown',
        ])
        await assertNothingReady(driver, 'ready', 'running')
        assert.equal(await deadCount(driver, 'dead'), 1)
      },
    },
    {
      name: 'a cancelled task keeps its outcome where that is asked for',
      run: async (context) => {
        const driver = await context.connect()
        const [kept, gone] = [refOf(await enqueueOne(driver)), refOf(await enqueueOne(driver))]
        const { cancel, find, get } = facet(driver, 'inspection')
        const calls = [{ ref: kept, keepMs: KEEP_MS, reason: 'no longer wanted' }, { ref: gone }]
        assert.deepEqual(await cancel(calls), ['cancelled', 'cancelled'])
        const page = await find({ queue: QUEUE, state: 'cancelled', limit: 10 })
        assert.deepEqual(
          page.items.map(({ id }) => id),
          [kept.id],
        )
        const records = await get([kept, gone])
        assert.deepEqual(
          records.map((record) => record?.state),
          ['cancelled', undefined],
        )
        assert.deepEqual(await cancel(calls), ['finished', 'unknown'])
      },
    },
    {
      name: 'a cancel that meets a claim either cancels or marks, and never both or neither',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        for (let round = 0; round < 10; round++) {
          const ref = refOf(await enqueueOne(driver, { queue: `round ${round}` }))
          const claiming = () => driver.reserve(reserveCall({ queue: ref.queue }))
          const cancelling = () => facet(other, 'inspection').cancel([{ ref }])
          const [deliveries, [answer]] = await race(round, claiming, cancelling)
          assert.equal(answer, deliveries.length === 1 ? 'requested' : 'cancelled')
        }
      },
    },
    {
      name: 'a waiting task can be put off, and called in',
      run: async (context) => {
        const driver = await context.connect()
        const { reschedule } = facet(driver, 'inspection')
        const ref = refOf(await enqueueOne(driver))
        assert.equal(await reschedule(ref, { delayMs: 60_000 }), 'changed')
        await assertNothingReady(driver)
        assert.equal(await reschedule(ref, { delayMs: 0 }), 'changed')
        assert.equal((await claimOne(context, driver)).lease.id, ref.id)
      },
    },
    {
      name: 'a waiting task can be given an instant, on the backend’s clock',
      run: async (context) => {
        const driver = await context.connect()
        const { reschedule } = facet(driver, 'inspection')
        const { now } = await hold(context, driver, { queue: 'other' })
        const ref = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        assert.equal(await reschedule(ref, { dueAt: now + 400 }), 'changed')
        const delivery = await claimOne(context, driver)
        assertBetween('the time of delivery', delivery.now - now, 400, 400 + context.lateMs)
        const past = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        assert.equal(await reschedule(past, { dueAt: now - 60_000 }), 'changed')
        await claimOne(context, driver)
      },
    },
    {
      name: 'another task can take the place of one that waits, under its id and its unique key',
      run: async (context) => {
        const driver = await context.connect()
        const { get, replace } = facet(driver, 'inspection')
        const unique = { key: 'the one', windowMs: 60_000 }
        const old = await enqueueOne(driver, { unique, delayMs: 60_000, keepResultMs: 5, priority: 3 })
        const fields = { payload: { bytes: bytesOf('new'), encoding: 'text' }, headers: { of: 'new' } }
        const next = newTask({ ...fields, priority: 50, leaseMs: 44_000, keepResultMs: 7_000 })
        assert.equal(await replace(refOf(old), next), 'changed')
        const [record] = await get([refOf(old)])
        assert.deepEqual([record?.state, record?.attempts, record?.uniqueKey], ['ready', 0, 'the one'])
        const { envelope, attempt } = await claimOne(context, driver)
        assert.equal(attempt, 1)
        const { id, queue } = old.envelope
        assertSame({ ...envelope, unique: undefined }, { ...next.envelope, id, queue })
        assert.deepEqual(await tryEnqueue(driver, newTask({ unique })), { status: 'duplicate', of: id })
      },
    },
    {
      name: 'a task takes the place of another with its own times',
      run: async (context) => {
        const driver = await context.connect()
        const { get, replace } = facet(driver, 'inspection')
        const ref = refOf(await enqueueOne(driver))
        assert.equal(await replace(ref, newTask({ delayMs: 60_000, expiresInMs: 90_000 })), 'changed')
        await assertNothingReady(driver)
        const [record] = await get([ref])
        const { enqueuedAt = 0, dueAt = 0, expiresAt = 0 } = record ?? {}
        assert.deepEqual([dueAt - enqueuedAt, expiresAt - enqueuedAt], [60_000, 90_000])
        assert.equal(await replace(ref, newTask({ delayMs: 300 })), 'changed')
        const delivery = await claimOne(context, driver)
        assert.equal(delivery.lease.id, ref.id)
        assertSame(delivery.expiresAt, undefined)
      },
    },
    {
      name: 'only a waiting task is replaced: one that runs, is done, dead or unknown is left alone',
      run: async (context) => {
        const driver = await context.connect()
        const { replace } = facet(driver, 'inspection')
        const held = await hold(context, driver)
        assert.equal(await replace(refOf(held), newTask()), 'active')
        await settle(driver, retry(held, { history }))
        assert.equal(await replace(refOf(held), newTask()), 'changed')
        const again = await claimOne(context, driver)
        assertSame([again.attempt, again.history], [1, undefined])
        await settle(driver, complete(again, { keepMs: KEEP_MS }))
        assert.equal(await replace(refOf(held), newTask()), 'finished')
        const dead = await hold(context, driver)
        await settle(driver, bury(dead))
        assert.equal(await replace(refOf(dead), newTask()), 'finished')
        assert.equal(await replace({ queue: QUEUE, id: randomUUID() }, newTask()), 'unknown')
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a task that takes the place of another wakes those who wait',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const ref = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        const deliveries = other.reserve(reserveCall({ waitMs: 12_000 }))
        await context.advance(100)
        await facet(driver, 'inspection').replace(ref, newTask())
        assert.deepEqual(idsOfHeld(await context.finish('the reserve', deliveries, 10_000)), [ref.id])
      },
    },
    {
      name: 'a replacement that meets a claim either replaces or finds it running',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        for (let round = 0; round < 10; round++) {
          const queue = `replaced ${round}`
          const ref = refOf(await enqueueOne(driver, { queue }))
          const next = newTask({ queue, headers: { of: 'the new one' } })
          const claiming = () => driver.reserve(reserveCall({ queue }))
          const replacing = () => facet(other, 'inspection').replace(ref, next)
          const [deliveries, answer] = await race(round, claiming, replacing)
          assert.ok(answer === 'active' || answer === 'changed', `a replacement that is answered ${answer}`)
          if (answer === 'active') assert.equal(deliveries.length, 1)
          const { lease, envelope } = deliveries[0]
            ? asTask(deliveries[0])
            : await claimOne(context, driver, { queue })
          assert.equal(lease.id, ref.id)
          assertSame(envelope.headers, answer === 'active' ? undefined : next.envelope.headers)
          await assertNothingReady(driver, queue)
        }
      },
    },
    {
      name: 'a task that is called in wakes those who wait',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const ref = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        const waiting = claim(context, driver, 1, { waitMs: 12_000 })
        await context.advance(100)
        await facet(other, 'inspection').reschedule(ref, { delayMs: 0 })
        assert.deepEqual(idsOfHeld(await context.finish('the reserve', waiting, 10_000)), [ref.id])
      },
    },
    {
      name: 'running, finished and unknown tasks get no new time',
      run: async (context) => {
        const driver = await context.connect()
        const running = await hold(context, driver)
        const done = await hold(context, driver, { queue: 'done' })
        await settle(driver, complete(done, { keepMs: KEEP_MS }))
        const refs: TaskRef[] = [refOf(running), refOf(done), { queue: QUEUE, id: randomUUID() }]
        for (const change of [
          (ref: TaskRef) => facet(driver, 'inspection').reschedule(ref, { delayMs: 0 }),
          (ref: TaskRef) => facet(driver, 'inspection').reschedule(ref, { dueAt: 0 }),
        ]) {
          assert.deepEqual(await Promise.all(refs.map(change)), ['active', 'finished', 'unknown'])
        }
        await assertNothingReady(driver, QUEUE, 'done')
        assert.equal(await settle(driver, complete(running)), 'settled')
      },
    },
    {
      name: 'removing deletes what waits and what is kept of the finished, and nothing else',
      run: async (context) => {
        const driver = await context.connect()
        const ready = refOf(await enqueueOne(driver, { queue: 'ready' }))
        const later = refOf(await enqueueOne(driver, { delayMs: 60_000 }))
        const running = await hold(context, driver, { queue: 'running' })
        const done = await hold(context, driver, { queue: 'done' })
        await settle(driver, complete(done, { keepMs: KEEP_MS }))
        const dead = await hold(context, driver, { queue: 'dead' })
        await settle(driver, bury(dead))
        const refs = [ready, later, refOf(running), refOf(done), refOf(dead), { queue: 'x', id: ready.id }]
        const { remove, get } = facet(driver, 'inspection')
        const answers: string[] = []
        for (const ref of refs) answers.push(await remove(ref))
        assert.deepEqual(answers, ['changed', 'changed', 'active', 'changed', 'unknown', 'unknown'])
        const left = await get(refs)
        assert.deepEqual(
          left.map((record) => record?.state),
          [undefined, undefined, 'active', undefined, undefined, undefined],
        )
        await assertNothingReady(driver, 'ready')
        assert.equal(await deadCount(driver, 'dead'), 1)
        assert.equal(await settle(driver, complete(running)), 'settled')
      },
    },
    {
      name: 'purging deletes tasks in the named states, no more than asked',
      run: async (context) => {
        const driver = await context.connect()
        const { purge, count } = facet(driver, 'inspection')
        await enqueue(driver, [
          ...newTasks(6),
          ...newTasks(4, { delayMs: 60_000 }),
          newTask({ queue: 'other' }),
        ])
        await claimOne(context, driver)
        assert.equal(await purge(QUEUE, ['ready'], 3), 3)
        assert.equal(await purge(QUEUE, ['ready'], 100), 2)
        const [counts] = await count([QUEUE])
        assert.deepEqual([counts?.ready, counts?.scheduled, counts?.active], [0, 4, 1])
        assert.equal(await purge(QUEUE, ['ready', 'scheduled'], 100), 4)
        assert.equal(await purge(QUEUE, ['ready', 'scheduled'], 100), 0)
        await claimOne(context, driver, { queue: 'other' })
      },
    },
    {
      name: 'purging forgets finished tasks in the named states, no more than asked',
      run: async (context) => {
        const driver = await context.connect()
        const { purge, count } = facet(driver, 'inspection')
        await enqueue(driver, newTasks(6))
        const held = await claim(context, driver, 5)
        const settlements = held.map((each, index) =>
          index < 3 ? complete(each, { keepMs: KEEP_MS }) : cancel(each, { keepMs: KEEP_MS }),
        )
        await settleAll(driver, settlements)
        await settle(driver, complete(await hold(context, driver, { queue: 'other' }), { keepMs: KEEP_MS }))
        assert.equal(await purge(QUEUE, ['completed'], 2), 2)
        assert.equal(await purge(QUEUE, ['completed'], 100), 1)
        const [rest] = await count([QUEUE])
        assert.deepEqual([rest?.finished, rest?.ready], [2, 1])
        assert.equal(await purge(QUEUE, ['ready', 'completed', 'cancelled'], 100), 3)
        const counts = await count([QUEUE, 'other'])
        assert.deepEqual(
          counts.map(({ finished }) => finished),
          [0, 1],
        )
      },
    },
    {
      name: 'concurrent purges and claims share the tasks out between them',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const tasks = newTasks(100)
        await enqueue(driver, tasks)
        const claimSome = async (from: Driver) => {
          const claimed: string[] = []
          for (let round = 0; round < 8; round++) {
            claimed.push(...idsOfHeld(await from.reserve(reserveCall({ max: 5 }))))
          }
          return claimed
        }
        const purgeSome = async () => {
          let count = 0
          for (let round = 0; round < 8; round++) {
            count += await facet(other, 'inspection').purge(QUEUE, ['ready'], 5)
          }
          return count
        }
        const [claimed, purged] = await Promise.all([claimSome(driver), purgeSome()])
        const rest = idsOfHeld(await claim(context, driver, tasks.length - claimed.length - purged))
        const seen = [...claimed, ...rest]
        assert.equal(new Set(seen).size, seen.length, 'no task is claimed twice')
        assertSameMembers(
          seen.filter((id) => idsOf(tasks).includes(id)),
          seen,
        )
        await assertNothingReady(driver)
      },
    },
  ],
}
