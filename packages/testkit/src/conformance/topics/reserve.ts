import assert from 'node:assert/strict'
import type { Driver } from '@tasq/core/driver'
import {
  assertNothingReady,
  claim,
  claimOne,
  enqueue,
  enqueueOne,
  hold,
  idsOfHeld,
  reserveCall,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertBetween, assertSameMembers } from '../expect.ts'
import { complete, release, retry, settle, settleAll } from '../settlements.ts'
import { idsOf, newTasks } from '../tasks.ts'

export const reserving: ConformanceTopic = {
  name: 'reserve',
  cases: [
    {
      name: 'an empty queue gives nothing',
      run: async (context) => {
        const driver = await context.connect()
        await assertNothingReady(driver, 'never', 'heard', 'of')
        await enqueueOne(driver, { queue: 'other' })
        await assertNothingReady(driver, 'never')
      },
    },
    {
      name: 'never more than the most in all',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [...newTasks(6, { queue: 'a' }), ...newTasks(6, { queue: 'b' })])
        const queues = ['a', 'b'].map((name) => ({ name, max: 8 }))
        for (const expected of [8, 4, 0]) {
          assert.equal(await countReserved(context, driver, { queues, max: 8 }), expected)
        }
      },
    },
    {
      name: 'never more than the most of each queue',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [...newTasks(5, { queue: 'a' }), ...newTasks(5, { queue: 'b' })])
        const queues = [
          { name: 'a', max: 2 },
          { name: 'b', max: 3 },
        ]
        const deliveries = await driver.reserve(reserveCall({ queues, max: 9 }))
        const of = (queue: string) => deliveries.filter(({ lease }) => lease.queue === queue).length
        assert.ok(of('a') <= 2 && of('b') <= 3, `${of('a')} of a, ${of('b')} of b`)
      },
    },
    {
      name: 'earlier queues come first, later ones fill up',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [...newTasks(2, { queue: 'b', priority: 100 }), ...newTasks(3, { queue: 'a' })])
        const queues = ['a', 'empty', 'b'].map((name) => ({ name, max: 4 }))
        const max = Math.min(4, driver.limits.maxBatch)
        const deliveries = await driver.reserve(reserveCall({ queues, max }))
        assert.deepEqual(
          deliveries.map(({ lease }) => lease.queue),
          ['a', 'a', 'a', 'b'].slice(0, deliveries.length),
        )
        assert.ok(deliveries.length > 0, 'something was delivered')
      },
    },
    {
      name: 'a held task is nobody else’s',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await hold(context, driver)
        await assertNothingReady(driver)
        await assertNothingReady(other)
      },
    },
    {
      name: 'many concurrent claimers get every task exactly once',
      run: async (context) => {
        const drivers = await context.connectMany(8)
        const tasks = newTasks(500)
        await enqueue(drivers[0] ?? assert.fail(), tasks)
        const claimed: string[] = []
        const claimAll = async (driver: Driver) => {
          while (claimed.length < tasks.length) {
            const deliveries = await driver.reserve(reserveCall({ max: Math.min(7, driver.limits.maxBatch) }))
            claimed.push(...idsOfHeld(deliveries))
            if (deliveries.length === 0) return
          }
        }
        await context.until('all tasks are claimed', async () => {
          await Promise.all(drivers.map(claimAll))
          return claimed.length >= tasks.length
        })
        assertSameMembers(claimed, idsOf(tasks), 'each task is claimed once')
      },
    },
    {
      name: 'concurrent claimers, settling as they go, leave nothing and repeat nothing',
      run: async (context) => {
        const drivers = await context.connectMany(4)
        const tasks = newTasks(200)
        await enqueue(drivers[0] ?? assert.fail(), tasks)
        const done: string[] = []
        const work = async (driver: Driver) => {
          for (;;) {
            const deliveries = await driver.reserve(reserveCall({ max: Math.min(9, driver.limits.maxBatch) }))
            if (deliveries.length === 0) return
            await settleAll(
              driver,
              deliveries.map((delivery) => complete(delivery)),
            )
            done.push(...idsOfHeld(deliveries))
            assert.ok(done.length <= tasks.length, 'nothing is delivered again')
          }
        }
        await context.until('all tasks are done', async () => {
          await Promise.all(drivers.map(work))
          return done.length >= tasks.length
        })
        assertSameMembers(done, idsOf(tasks))
      },
    },
    {
      name: 'an attempt is counted when the task is reserved',
      run: async (context) => {
        const driver = await context.connect()
        const first = await hold(context, driver)
        assert.equal(first.attempt, 1)
        await settle(driver, retry(first))
        const second = await claimOne(context, driver)
        assert.equal(second.attempt, 2)
        await settle(driver, release(second))
        assert.equal((await claimOne(context, driver)).attempt, 2)
      },
    },
    {
      name: 'the time that it tells is the time',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(2))
        const first = await claimOne(context, driver)
        assertBetween('now', first.now - context.store.clock.now(), -60_000, 60_000)
        await context.advance(300)
        const second = await claimOne(context, driver)
        assertBetween('the time between two deliveries', second.now - first.now, 299, 30_000)
      },
    },
    {
      name: 'tokens are never used again',
      needs: ['token fence'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await enqueueOne(driver)
        const tokens = new Set<string>()
        for (const from of [driver, other, driver, other, driver]) {
          const delivery = await claimOne(context, from)
          tokens.add(delivery.lease.token)
          await settle(from, release(delivery))
        }
        assert.equal(tokens.size, 5)
      },
    },
    {
      name: 'reserves of one process may be under way at the same time',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = newTasks(20)
        await enqueue(driver, tasks)
        const claimed = await Promise.all(Array.from({ length: 4 }, () => claim(context, driver, 5)))
        assertSameMembers(idsOfHeld(claimed.flat()), idsOf(tasks))
      },
    },
  ],
}

/** How many come, in as many calls as the driver's batches take; never more in one than were asked for. */
async function countReserved(
  context: CaseContext,
  driver: Driver,
  request: { readonly queues: readonly { name: string; max: number }[]; readonly max: number },
): Promise<number> {
  let count = 0
  while (count < request.max) {
    const max = Math.min(request.max - count, context.harness.limits.maxBatch)
    const deliveries = await driver.reserve(reserveCall({ queues: request.queues, max }))
    assert.ok(deliveries.length <= max, `${deliveries.length} came where at most ${max} were asked for`)
    if (deliveries.length === 0) break
    count += deliveries.length
  }
  return count
}
