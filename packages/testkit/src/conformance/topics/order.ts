import assert from 'node:assert/strict'
import { claim, claimOne, enqueue, enqueueOne, idsOfHeld, reserveCall } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertSameMembers } from '../expect.ts'
import { release, retry, settle } from '../settlements.ts'
import { idsOf, newTask, QUEUE } from '../tasks.ts'

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
      name: 'a reserve may ask for some priorities only, also several times for one queue',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [-50, 100, 0, 50, -128, 127].map((priority) => newTask({ priority }))
        for (const task of tasks) await enqueue(driver, [task])
        const [low, critical, normal, high, lowest, highest] = idsOf(tasks)
        const normals = { name: QUEUE, max: 5, priorities: { lowest: -25, highest: 24 } }
        assert.deepEqual(idsOfHeld(await claim(context, driver, 1, { queues: [normals] })), [normal])
        assert.deepEqual(await driver.reserve(reserveCall({ queues: [normals], max: 5 })), [])
        const urgent = { name: QUEUE, max: 5, priorities: { lowest: 75, highest: 127 } }
        const lazy = { name: QUEUE, max: 5, priorities: { lowest: -128, highest: -26 } }
        const held = await claim(context, driver, 4, { queues: [lazy, urgent] })
        assertSameMembers(idsOfHeld(held), [low, lowest, critical, highest].map(String))
        assertSameMembers(idsOfHeld(held).slice(0, 2), [low, lowest].map(String))
        const upper = { name: QUEUE, max: 5, priorities: { lowest: 25, highest: 127 } }
        assert.deepEqual(idsOfHeld(await claim(context, driver, 1, { queues: [upper] })), [high])
      },
    },
    {
      name: 'a task wakes the reserve that may take it, whoever else waits for others of its queue',
      run: async (context) => {
        const [picky, driver, other] = await context.connectMany(3)
        if (picky === undefined || driver === undefined || other === undefined) return assert.fail()
        const over = new AbortController()
        const urgent = { name: QUEUE, max: 1, priorities: { lowest: 75, highest: 127 } }
        const normal = { name: QUEUE, max: 1, priorities: { lowest: -25, highest: 24 } }
        const wait = { waitMs: 12_000, signal: over.signal }
        const pickies = Promise.all(
          [1, 2, 3].map(() => picky.reserve(reserveCall({ queues: [urgent], ...wait }))),
        )
        pickies.catch(() => undefined) // where the case fails before it looks at them
        await context.advance(100)
        const deliveries = driver.reserve(reserveCall({ queues: [normal], ...wait }))
        await context.advance(100)
        const { envelope } = await enqueueOne(other)
        const held = await context.finish('the reserve that may take it', deliveries, 10_000)
        assert.deepEqual(idsOfHeld(held), [envelope.id])
        over.abort()
        assert.deepEqual((await context.finish('the others', pickies)).flat(), [])
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
