import assert from 'node:assert/strict'
import { assertNothingReady, claim, claimOne, enqueue, enqueueOne, hold, reserveCall } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertBetween } from '../expect.ts'
import { newTask } from '../tasks.ts'

export const delays: ConformanceTopic = {
  name: 'delays and due times',
  cases: [
    {
      name: 'a delayed task is not ready before its time, and then is [Q9]',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { delayMs: 400 })
        const { now, enqueuedAt, readyAt } = await claimOne(context, driver)
        assertBetween('the delay', now - enqueuedAt, 400, 400 + context.lateMs)
        assertBetween('the time of becoming ready', readyAt - enqueuedAt, 400, 400 + context.lateMs)
      },
    },
    {
      name: 'a task that is not due can’t be had [Q9]',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { delayMs: 60_000 })
        await enqueueOne(driver, { dueAt: (await backendNow(context)) + 60_000 })
        await assertNothingReady(driver)
        await context.advance(200)
        await assertNothingReady(driver)
        const { envelope } = await enqueueOne(driver)
        const had: string[] = []
        await context.until('the one that is ready', async () => {
          const deliveries = await driver.reserve(reserveCall({ max: 5 }))
          had.push(...deliveries.map(({ lease }) => lease.id))
          return had.length > 0
        })
        assert.deepEqual(had, [envelope.id], 'the others are not taken along with it')
      },
    },
    {
      name: 'a task with an instant is ready at it, on the backend’s clock [Q9]',
      run: async (context) => {
        const driver = await context.connect()
        const dueAt = (await backendNow(context)) + 400
        await enqueueOne(driver, { dueAt })
        const { now } = await claimOne(context, driver)
        assertBetween('the time of delivery', now - dueAt, 0, context.lateMs)
      },
    },
    {
      name: 'a task whose instant has passed is ready at once',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { dueAt: (await backendNow(context)) - 3_600_000 })
        await claimOne(context, driver)
      },
    },
    {
      name: 'a process whose clock is wrong delays tasks as the others do',
      needs: ['backend clock'],
      run: async (context) => {
        for (const clockSkewMs of [-3_600_000, 3_600_000]) {
          const driver = await context.connect({ clockSkewMs })
          await enqueueOne(driver, { delayMs: 300 })
          const { now, enqueuedAt } = await claimOne(context, driver)
          assertBetween('the delay', now - enqueuedAt, 300, 300 + context.lateMs)
        }
      },
    },
    {
      name: 'hundreds of tasks that fall due are all promoted, once each',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = Array.from({ length: 300 }, (_, index) => newTask({ delayMs: 50 + (index % 10) * 20 }))
        for (let start = 0; start < tasks.length; start += driver.limits.maxBatch) {
          await enqueue(driver, tasks.slice(start, start + driver.limits.maxBatch))
        }
        const held = await claim(context, driver, tasks.length)
        assert.equal(new Set(held.map(({ lease }) => lease.id)).size, tasks.length)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a reserve that waits sleeps no longer than until the next task is due',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [newTask({ delayMs: 60_000 }), newTask({ delayMs: 300 })])
        const start = context.elapsed
        const waiting = driver.reserve(reserveCall({ waitMs: 12_000 }))
        const deliveries = await context.finish('the waiting reserve', waiting)
        assert.equal(deliveries.length, 1)
        assertBetween('the wait', context.elapsed - start, 0, 300 + context.lateMs)
      },
    },
    {
      name: 'delays in other queues do not end the wait of a reserve',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { queue: 'other', delayMs: 100 })
        const start = context.elapsed
        const waiting = driver.reserve(reserveCall({ waitMs: 400 }))
        assert.deepEqual(await context.finish('the waiting reserve', waiting), [])
        assertBetween('the wait', context.elapsed - start, 390, 400 + context.lateMs)
      },
    },
  ],
}

/** What the backend's clock says. */
export async function backendNow(context: CaseContext): Promise<number> {
  const driver = await context.connect()
  return (await hold(context, driver, { queue: 'what time is it' })).now
}
