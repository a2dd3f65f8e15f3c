import assert from 'node:assert/strict'
import {
  assertNothingReady,
  claim,
  claimOne,
  enqueueOne,
  hold,
  idsOfHeld,
  recoverOne,
  reserveCall,
  tryEnqueue,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertBetween, assertSame, assertSameMembers } from '../expect.ts'
import { complete, settle } from '../settlements.ts'
import { bytesOf, idsOf, newTask, newTasks, QUEUE, SHORT_LEASE_MS } from '../tasks.ts'

export const followUps: ConformanceTopic = {
  name: 'follow-ups',
  cases: [
    {
      name: 'they are stored with the completion, whole, in their queues and with their times',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const payload = { bytes: bytesOf('after'), encoding: 'text' }
        const own = newTask({ payload, headers: { from: 'parent' }, priority: 50 })
        const elsewhere = newTask({ queue: 'elsewhere' })
        const later = newTask({ queue: 'later', delayMs: 400 })
        const settlement = complete(held, { followUps: [own, elsewhere, later] })
        assert.equal(await settle(driver, settlement), 'settled')
        assertSame((await claimOne(context, driver)).envelope, own.envelope)
        assert.equal(
          (await claimOne(context, driver, { queue: 'elsewhere' })).lease.id,
          elsewhere.envelope.id,
        )
        const delivery = await claimOne(context, driver, { queue: 'later' })
        assert.equal(delivery.lease.id, later.envelope.id)
        assertBetween('the time to the delivery of the later one', delivery.now - held.now, 400, 15_000)
        await assertNothingReady(driver, QUEUE, 'elsewhere', 'later')
      },
    },
    {
      name: 'a repeat of the settlement stores them once',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const settlement = complete(held, { keepMs: 60_000, followUps: newTasks(2) })
        await settle(driver, settlement)
        await settle(driver, settlement)
        const first = await claim(context, driver, 2)
        await settle(driver, settlement)
        await assertNothingReady(driver)
        for (const each of first) await settle(driver, complete(each))
        await settle(driver, settlement)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a settlement that is lost stores none',
      needs: ['timed leases', 'recovery'],
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        await recoverOne(context, driver)
        assert.equal(await settle(driver, complete(held, { followUps: newTasks(2) })), 'lost')
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a settlement under a token that nobody has stores none',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const followUps = newTasks(2, { queue: 'after' })
        const foreign = { ...held, lease: { ...held.lease, token: 'made up' } }
        assert.equal(await settle(driver, complete(foreign, { followUps })), 'lost')
        await assertNothingReady(driver, 'after')
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'each settlement of a call stores its own, those that fail none',
      needs: ['timed leases', 'recovery'],
      run: async (context) => {
        const driver = await context.connect()
        const lost = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        await recoverOne(context, driver)
        const first = await hold(context, driver)
        const second = await hold(context, driver)
        const tasks = newTasks(3, { queue: 'after' })
        const [ofFirst, ofSecond, ofLost] = tasks.map((task) => ({ followUps: [task] }))
        const answers = await driver.settle([
          complete(first, ofFirst),
          complete(lost, ofLost),
          complete(second, ofSecond),
        ])
        assert.deepEqual(answers, ['settled', 'lost', 'settled'])
        const held = await claim(context, driver, 2, { queue: 'after' })
        assertSameMembers(idsOfHeld(held), idsOf(tasks.slice(0, 2)))
        await assertNothingReady(driver, 'after')
      },
    },
    {
      name: 'one whose id or unique key is held is not stored, and stops nothing',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const waiting = await enqueueOne(driver, { queue: 'after', unique: { key: 'held' }, delayMs: 60_000 })
        const held = await hold(context, driver)
        const followUps = [
          newTask({ queue: 'after', unique: { key: 'held' } }),
          newTask({ queue: 'after', id: waiting.envelope.id }),
          newTask({ queue: 'after', unique: { key: 'free' } }),
        ]
        assert.equal(await settle(driver, complete(held, { followUps })), 'settled')
        const [, , free] = idsOf(followUps)
        assert.equal((await claimOne(context, driver, { queue: 'after' })).lease.id, free)
        await assertNothingReady(driver, 'after')
        const again = await tryEnqueue(driver, newTask({ queue: 'after', unique: { key: 'free' } }))
        assertSame(again, { status: 'duplicate', of: free })
      },
    },
    {
      name: 'they wake those who wait for their queue',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const held = await hold(context, driver)
        const deliveries = other.reserve(reserveCall({ queue: 'after', waitMs: 12_000 }))
        await context.advance(100)
        const task = newTask({ queue: 'after' })
        await settle(driver, complete(held, { followUps: [task] }))
        const delivered = await context.finish('the reserve', deliveries, 10_000)
        assert.deepEqual(idsOfHeld(delivered), idsOf([task]))
      },
    },
    {
      name: 'many of them are stored too',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const tasks = newTasks(50, { queue: 'after' })
        await settle(driver, complete(held, { followUps: tasks }))
        const delivered = await claim(context, driver, 50, { queue: 'after' })
        assertSameMembers(idsOfHeld(delivered), idsOf(tasks))
      },
    },
  ],
}
