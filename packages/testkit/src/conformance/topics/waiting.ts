import assert from 'node:assert/strict'
import type { Driver } from '@tasq/core/driver'
import { claimOne, enqueue, enqueueOne, hold, idsOfHeld, reserveCall } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertBetween, assertSameMembers } from '../expect.ts'
import { bury, retry, settle } from '../settlements.ts'
import { idsOf, newTask, QUEUE } from '../tasks.ts'

/** A poll interval, from the driver's point of view. */
const WAIT_MS = 30_000

/** Well under it. */
function soonMs({ harness }: CaseContext): number {
  return harness.time === 'real' ? 12_000 : 5_000
}

export const waiting: ConformanceTopic = {
  name: 'waiting in reserve',
  cases: [
    {
      name: 'it waits as long as it was told, and then gives nothing',
      run: async (context) => {
        const driver = await context.connect()
        const start = context.elapsed
        const deliveries = await context.finish('a reserve', driver.reserve(reserveCall({ waitMs: 500 })))
        assert.deepEqual(deliveries, [])
        assertBetween('the wait', context.elapsed - start, 490, 500 + soonMs(context))
      },
    },
    {
      name: 'it does not wait where something is ready',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const start = context.elapsed
        const call = reserveCall({ max: 5, waitMs: WAIT_MS })
        assert.equal((await context.finish('a reserve', driver.reserve(call))).length, 1)
        assertBetween('the wait', context.elapsed - start, 0, soonMs(context))
      },
    },
    isWokenBy('a task that this process enqueues', async (_, driver) => () => enqueueOne(driver)),
    isWokenBy('a task that another process enqueues', async (context) => {
      const other = await context.connect()
      return () => enqueueOne(other)
    }),
    isWokenBy('a retry without delay in another process', async (context) => {
      const other = await context.connect()
      const held = await hold(context, other)
      return () => settle(other, retry(held))
    }),
    isWokenBy('a dead letter that another process sends back', async (context) => {
      const other = await context.connect()
      await settle(other, bury(await hold(context, other)))
      return () => other.deadLetters.retry({ queue: QUEUE }, 1)
    }),
    {
      name: 'it is woken by a task of its later queue too',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const queues = ['first', 'second', 'third'].map((name) => ({ name, max: 1 }))
        const deliveries = driver.reserve(reserveCall({ queues, max: 1, waitMs: WAIT_MS }))
        await context.advance(100)
        const { envelope } = await enqueueOne(other, { queue: 'third' })
        assert.deepEqual(idsOfHeld(await context.finish('a reserve', deliveries, soonMs(context))), [
          envelope.id,
        ])
      },
    },
    {
      name: 'all who wait are served when there is enough for all',
      run: async (context) => {
        const drivers = await context.connectMany(4)
        const reserves = drivers.map((driver) => driver.reserve(reserveCall({ waitMs: WAIT_MS })))
        await context.advance(100)
        const tasks = drivers.map(() => newTask())
        await enqueue(await context.connect(), tasks)
        const deliveries = await context.finish('all reserves', Promise.all(reserves), soonMs(context))
        assertSameMembers(idsOfHeld(deliveries.flat()), idsOf(tasks))
      },
    },
    {
      name: 'an abort ends the wait at once',
      run: async (context) => {
        const driver = await context.connect()
        const controller = new AbortController()
        const call = reserveCall({ waitMs: 600_000, signal: controller.signal })
        const deliveries = driver.reserve(call)
        await context.advance(100)
        controller.abort()
        assert.deepEqual(await context.finish('the aborted reserve', deliveries), [])
        await hold(context, driver)
      },
    },
    {
      name: 'with a signal that has aborted before it does not wait',
      run: async (context) => {
        const driver = await context.connect()
        const call = reserveCall({ waitMs: 600_000, signal: AbortSignal.abort() })
        await context.finish('the reserve', driver.reserve(call))
      },
    },
    {
      name: 'an abort that meets an arriving task loses nothing',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        for (let round = 0; round < 10; round++) await abortWhileEnqueuing(context, driver, other, round)
      },
    },
  ],
}

function isWokenBy(
  what: string,
  prepare: (context: CaseContext, driver: Driver) => Promise<() => Promise<unknown>>,
): ConformanceCase {
  return {
    name: `it is woken well before its time is over by ${what}`,
    run: async (context) => {
      const driver = await context.connect()
      const cause = await prepare(context, driver)
      const deliveries = driver.reserve(reserveCall({ waitMs: WAIT_MS }))
      await context.advance(100)
      await cause()
      assert.equal((await context.finish('the woken reserve', deliveries, soonMs(context))).length, 1)
    },
  }
}

/** What arrives is either in the answer or still there: each task is delivered once, to one of the two. */
async function abortWhileEnqueuing(
  context: CaseContext,
  driver: Driver,
  other: Driver,
  round: number,
): Promise<void> {
  const queue = `round ${round}`
  const controller = new AbortController()
  const waiting = driver.reserve(reserveCall({ queue, waitMs: 600_000, signal: controller.signal }))
  await context.advance(10)
  const task = newTask({ queue })
  const stored = enqueue(other, [task])
  if (round % 2 === 0) await Promise.resolve()
  controller.abort()
  const [deliveries] = await context.finish('the aborted reserve', Promise.all([waiting, stored]))
  if (deliveries.length === 0)
    assert.equal((await claimOne(context, other, { queue })).lease.id, task.envelope.id)
  else assert.deepEqual(idsOfHeld(deliveries), idsOf([task]))
}
