import assert from 'node:assert/strict'
import type { Driver, Settlement } from '@tasq/core/driver'
import { claim, deadCount, enqueue, enqueueOne, tryEnqueue } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { bury, cancel, complete, type Held, settleAll } from '../settlements.ts'
import { newTask, newTasks, QUEUE } from '../tasks.ts'

const LONG_MS = 3_600_000
const SHORT_MS = 200

export const retaining: ConformanceTopic = {
  name: 'retention',
  needs: ['retention'],
  cases: [
    {
      name: 'it removes what is over, in steps that are no larger than asked',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        await finish(context, driver, 12, (held) => complete(held, { keepMs: SHORT_MS }))
        await finish(context, driver, 6, (held) => cancel(held, { keepMs: SHORT_MS }))
        await finish(context, driver, 7, (held) => bury(held, { keepMs: SHORT_MS }))
        await context.advance(SHORT_MS + 100)
        assert.equal(await trimAll(driver, 4), 25)
        assert.equal(await deadCount(driver), 0)
        assert.equal(await facet(driver, 'retention').trim(4), 0)
      },
    },
    {
      name: 'it leaves what is kept, waits or runs',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        await finish(context, driver, 3, (held) => complete(held, { keepMs: SHORT_MS }))
        await finish(context, driver, 5, (held) => complete(held, { keepMs: LONG_MS }))
        await finish(context, driver, 4, (held) => bury(held, { keepMs: LONG_MS }))
        await enqueue(driver, newTasks(2, { delayMs: SHORT_MS, expiresInMs: SHORT_MS }))
        await context.advance(SHORT_MS + 100)
        assert.equal(await trimAll(driver, 100), 3)
        assert.equal(await deadCount(driver), 4)
        assert.equal((await claim(context, driver, 2)).length, 2)
        if (driver.inspection === undefined) return
        const [counts] = await driver.inspection.count([QUEUE])
        assert.deepEqual([counts?.finished, counts?.dead, counts?.active], [5, 4, 2])
      },
    },
    {
      name: 'it leaves a unique key whose window goes on, or whose task does',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const windowed = await enqueueOne(driver, { unique: { key: 'window', windowMs: LONG_MS } })
        const [held] = await claim(context, driver, 1)
        await settleAll(driver, [complete(held ?? assert.fail())])
        const live = await enqueueOne(driver, { unique: { key: 'live', windowMs: SHORT_MS } })
        await context.advance(SHORT_MS + 100)
        await trimAll(driver, 100)
        for (const { envelope } of [windowed, live]) {
          const { unique, id } = envelope
          const again = newTask({ unique: unique ?? assert.fail() })
          assert.deepEqual(await tryEnqueue(driver, again), { status: 'duplicate', of: id })
        }
      },
    },
    {
      name: 'what several processes trim at the same time is removed once',
      needs: ['own store'],
      run: async (context) => {
        const drivers = await context.connectMany(4)
        const driver = drivers[0] ?? assert.fail()
        await finish(context, driver, 40, (held) => complete(held, { keepMs: SHORT_MS }))
        await context.advance(SHORT_MS + 100)
        const counts = await Promise.all(drivers.map((each) => trimAll(each, 7)))
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          40,
        )
      },
    },
    {
      name: 'it keeps the newest of a queue, of each kind, and removes the oldest in steps',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const { keepNewest } = facet(driver, 'retention')
        const kept = async () => await Promise.all([finishedIds(driver), deadIds(driver)])
        await finish(context, driver, 7, (held) => complete(held, { keepMs: LONG_MS }))
        await context.advance(10)
        await finish(context, driver, 5, (held) => bury(held, { keepMs: LONG_MS }))
        const [finished, dead] = await kept()
        assert.equal(await keepNewest(QUEUE, 'finished', 3, 2), 2)
        assert.equal(await keepNewest(QUEUE, 'finished', 3, 100), 2)
        assert.equal(await keepNewest(QUEUE, 'finished', 3, 100), 0)
        assert.equal(await keepNewest(QUEUE, 'dead', 1, 100), 4)
        assert.equal(await keepNewest('another', 'dead', 0, 100), 0)
        assert.deepEqual(await kept(), [finished?.slice(4), dead.slice(4)])
        assert.equal(await keepNewest(QUEUE, 'dead', 0, 100), 1)
      },
    },
    {
      name: 'receipts and keys do not pile up',
      needs: ['virtual time', 'token fence'],
      run: async (context) => {
        const driver = await context.connect()
        for (let round = 0; round < 5; round++)
          await enqueueOne(driver, { unique: { key: `k${round}`, windowMs: 1 } })
        const held = await claim(context, driver, 5)
        await settleAll(
          driver,
          held.map((delivery) => complete(delivery)),
        )
        await context.advance(24 * LONG_MS)
        assert.ok((await trimAll(driver, 100)) >= 5, 'the receipts are removed')
      },
    },
  ],
}

async function finish(
  context: CaseContext,
  driver: Driver,
  count: number,
  settlementOf: (held: Held) => Settlement,
): Promise<void> {
  await enqueue(driver, newTasks(count))
  await settleAll(driver, (await claim(context, driver, count)).map(settlementOf))
}

async function finishedIds(driver: Driver): Promise<readonly string[] | undefined> {
  const page = await driver.inspection?.find({ queue: QUEUE, state: 'completed', limit: 100 })
  return page?.items.map(({ id }) => id)
}

async function deadIds(driver: Driver): Promise<readonly string[]> {
  const page = await driver.deadLetters.peek({ queue: QUEUE, limit: 100 })
  return page.items.map(({ id }) => id)
}

async function trimAll(driver: Driver, limit: number): Promise<number> {
  let total = 0
  for (let removed = limit; removed > 0; total += removed) {
    removed = await facet(driver, 'retention').trim(limit)
    assert.ok(removed <= limit, `${removed} were removed where at most ${limit} were asked for`)
    assert.ok(total < 10_000, 'trimming comes to an end')
  }
  return total
}
