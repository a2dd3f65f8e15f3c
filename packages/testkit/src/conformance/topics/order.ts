import assert from 'node:assert/strict'
import { claim, claimOne, enqueue, enqueueOne, idsOfHeld } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { release, retry, settle } from '../settlements.ts'
import { idsOf, newTask } from '../tasks.ts'

export const order: ConformanceTopic = {
  name: 'order',
  cases: [
    {
      name: 'higher levels of priority come first',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [-50, 100, 0, 50].map((priority) => newTask({ priority }))
        for (const task of tasks) await enqueue(driver, [task])
        const held = await claimOneByOne(context, driver, 4)
        const [low, critical, normal, high] = idsOf(tasks)
        assert.deepEqual(held, [critical, high, normal, low])
      },
    },
    {
      name: 'every step of priority counts, from -128 to 127',
      needs: ['exact priorities'],
      run: async (context) => {
        const driver = await context.connect()
        const priorities = [0, -128, 1, 127, -1, 126, -127]
        await enqueue(
          driver,
          priorities.map((priority) => newTask({ priority })),
        )
        const held = await claim(context, driver, priorities.length)
        assert.deepEqual(
          held.map(({ envelope }) => envelope.priority),
          [127, 126, 1, 0, -1, -127, -128],
        )
      },
    },
    {
      name: 'within a priority, those come first that became ready first',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const fields = [{ priority: 0 }, { priority: 50 }, { priority: 0 }, { priority: 50 }]
        const tasks = fields.map(newTask)
        for (const task of tasks) {
          await enqueue(driver, [task])
          await context.advance(15)
        }
        const [a, b, c, d] = idsOf(tasks)
        assert.deepEqual(idsOfHeld(await claim(context, driver, 4)), [b, d, a, c])
      },
    },
    {
      name: 'a task that became due goes before one enqueued after that',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const due = await enqueueOne(driver, { delayMs: 100 })
        await context.advance(250)
        const late = await enqueueOne(driver)
        assert.deepEqual(await claimOneByOne(context, driver, 2), idsOf([due, late]))
      },
    },
    {
      name: 'a task that was ready goes before one that became due after that',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const due = await enqueueOne(driver, { delayMs: 700 })
        const ready = await enqueueOne(driver)
        await context.advance(900)
        assert.deepEqual(await claimOneByOne(context, driver, 2), idsOf([ready, due]))
      },
    },
    {
      name: 'tasks become ready in the order in which they are due',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [400, 100, 300, 200].map((delayMs) => newTask({ delayMs }))
        await enqueue(driver, tasks)
        await context.advance(550)
        const [fourth, first, third, second] = idsOf(tasks)
        assert.deepEqual(idsOfHeld(await claim(context, driver, 4)), [first, second, third, fourth])
      },
    },
    {
      name: 'priority goes before the time of becoming due',
      run: async (context) => {
        const driver = await context.connect()
        const early = await enqueueOne(driver, { priority: 0 })
        const urgent = await enqueueOne(driver, { priority: 100, delayMs: 100 })
        await context.advance(1_250) // some backends delay by whole seconds
        assert.deepEqual(await claimOneByOne(context, driver, 2), idsOf([urgent, early]))
      },
    },
    {
      name: 'a task that is tried again queues up behind those that wait',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [newTask(), newTask(), newTask()]
        await enqueue(driver, tasks)
        await context.advance(30)
        await settle(driver, retry(await claimOne(context, driver)))
        await context.advance(30)
        await settle(driver, release(await claimOne(context, driver)))
        const [a, b, c] = idsOf(tasks)
        assert.deepEqual(await claimOneByOne(context, driver, 3), [c, a, b])
      },
    },
  ],
}

async function claimOneByOne(
  ...[context, driver, count]: Parameters<typeof claim>
): Promise<readonly string[]> {
  const ids: string[] = []
  while (ids.length < count) ids.push((await claimOne(context, driver)).lease.id)
  return ids
}
