import assert from 'node:assert/strict'
import {
  assertNothingReady,
  claim,
  claimOne,
  deadCount,
  enqueue,
  hold,
  idsOfHeld,
  recover,
  recoverOne,
  tryRecover,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { cancellationOf } from '../context.ts'
import { assertBetween, assertSame, assertSameMembers } from '../expect.ts'
import { bury, complete, history, release, retry, settle, settleAll } from '../settlements.ts'
import { idsOf, LONG_LEASE_MS, newTask, newTasks, policy, QUEUE, SHORT_LEASE_MS } from '../tasks.ts'

export const recovering: ConformanceTopic = {
  name: 'recovery',
  needs: ['recovery'],
  cases: [
    {
      name: 'it takes what has expired and nothing else, from every queue',
      run: async (context) => {
        const driver = await context.connect()
        await hold(context, driver, { queue: 'held' })
        const a = await hold(context, driver, { queue: 'a', leaseMs: SHORT_LEASE_MS })
        const b = await hold(context, driver, { queue: 'b', leaseMs: SHORT_LEASE_MS })
        await enqueue(driver, [newTask({ queue: 'waiting', leaseMs: SHORT_LEASE_MS })])
        const lost = await recover(context, driver, 2)
        assertSameMembers(idsOfHeld(lost), idsOfHeld([a, b]))
        for (const { now, lostAt } of lost) assert.ok(now >= lostAt, 'none is taken before its time')
        assert.deepEqual(await tryRecover(driver), [])
      },
    },
    {
      name: 'it leaves settled tasks alone',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(4, { leaseMs: SHORT_LEASE_MS }))
        const [a, b, c, d] = await claim(context, driver, 4)
        if (!a || !b || !c || !d) return assert.fail()
        await settleAll(driver, [complete(a), bury(b), retry(c, { delayMs: 60_000 }), release(d)])
        await context.advance(SHORT_LEASE_MS + 100)
        assert.deepEqual(await tryRecover(driver), [])
      },
    },
    {
      name: 'it makes a new token and no new attempt, and tells what was lost',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver, { leaseMs: SHORT_LEASE_MS, task: 'some.task' })
        const lost = await recoverOne(context, driver)
        assert.deepEqual([lost.lease.queue, lost.lease.id], [held.lease.queue, held.lease.id])
        assert.notEqual(lost.lease.token, held.lease.token)
        assert.equal(lost.lostToken, held.lease.token)
        assert.equal(lost.attempt, 1)
        assert.equal(lost.task, 'some.task')
        assert.equal(lost.cancelRequest, undefined)
        assertBetween(
          'the end of the lost lease',
          lost.lostAt - held.now,
          SHORT_LEASE_MS,
          SHORT_LEASE_MS + 1_000,
        )
        assertBetween('the time since then', lost.now - lost.lostAt, 0, 20_000)
      },
    },
    {
      name: 'it hands on the policy, the time to keep and the history, unread',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver, { keepResultMs: 7_654 })
        await settle(driver, retry(held, { history, attempts: 3 }))
        const again = await claimOne(context, driver)
        await driver.extend([{ lease: again.lease, leaseMs: SHORT_LEASE_MS }])
        const lost = await recoverOne(context, driver)
        assertSame(lost.policy, policy)
        assert.equal(lost.keepResultMs, 7_654)
        assertSame(lost.history, history)
        assert.equal(lost.attempt, 4)
      },
    },
    {
      name: 'it hands on the cancel mark',
      needs: ['cancellation'],
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        const calls = [{ ref: { queue: QUEUE, id: held.lease.id }, reason: 'no longer "wanted"' }]
        assert.deepEqual(await cancellationOf(driver).cancel(calls), ['requested'])
        const lost = await recoverOne(context, driver)
        assertSame(lost.cancelRequest, { reason: 'no longer "wanted"' })
        const answers = await driver.extend([{ lease: lost.lease, leaseMs: LONG_LEASE_MS }])
        assert.deepEqual(answers, ['cancelled'])
        assert.equal(await settle(driver, retry(lost)), 'cancelled')
      },
    },
    {
      name: 'it takes no more than asked, and the rest later',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = newTasks(9, { leaseMs: SHORT_LEASE_MS })
        await enqueue(driver, tasks)
        await claim(context, driver, 9)
        await context.advance(SHORT_LEASE_MS + 100)
        const steps = [await tryRecover(driver, 4), await tryRecover(driver, 4), await tryRecover(driver, 4)]
        assert.deepEqual(
          steps.map((step) => step.length),
          [4, 4, 1],
        )
        assertSameMembers(idsOfHeld(steps.flat()), idsOf(tasks))
      },
    },
    {
      name: 'two who recover at the same time never get the same',
      run: async (context) => {
        const drivers = await context.connectMany(5)
        const tasks = newTasks(100, { leaseMs: 1_000 })
        await enqueue(drivers[0] ?? assert.fail(), tasks)
        await claim(context, drivers[0] ?? assert.fail(), tasks.length)
        await context.advance(1_100)
        const taken = await Promise.all(drivers.map((driver) => tryRecover(driver, tasks.length)))
        const rest = await tryRecover(drivers[0] ?? assert.fail(), tasks.length)
        assertSameMembers(idsOfHeld([...taken.flat(), ...rest]), idsOf(tasks))
      },
    },
    {
      name: 'a delivery that is renewed meanwhile is left alone, or lost to its holder',
      run: async (context) => {
        const [holder, other] = await Promise.all([context.connect(), context.connect()])
        await enqueue(holder, newTasks(40, { leaseMs: 1_000 }))
        const held = await claim(context, holder, 40)
        await context.advance(1_050)
        const extensions = held.map(({ lease }) => ({ lease, leaseMs: LONG_LEASE_MS }))
        const halves = [extensions.slice(0, 20), extensions.slice(20)] as const
        const [first, lost, second] = await Promise.all([
          holder.extend(halves[0]),
          tryRecover(other, 40),
          holder.extend(halves[1]),
        ])
        const recovered = new Set(idsOfHeld(lost))
        const answers = [...first, ...second]
        held.forEach(({ lease }, index) => {
          const expected = recovered.has(lease.id) ? 'lost' : 'held'
          assert.equal(
            answers[index] === 'held' && recovered.has(lease.id) ? 'both' : answers[index],
            expected,
          )
        })
        assert.deepEqual(await tryRecover(other, 40), [])
      },
    },
    {
      name: 'what was recovered and expires again is recovered again',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const held = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        const tokens = [held.lease.token]
        for (const from of [other, driver, other]) {
          const lost = await recoverOne(context, from, SHORT_LEASE_MS)
          assert.equal(lost.lostToken, tokens.at(-1))
          assert.equal(lost.attempt, 1)
          tokens.push(lost.lease.token)
        }
        assert.equal(new Set(tokens).size, tokens.length)
      },
    },
    {
      name: 'whoever recovered may settle in every way',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(4, { leaseMs: SHORT_LEASE_MS }))
        await claim(context, driver, 4)
        const [a, b, c, d] = await recover(context, driver, 4)
        if (!a || !b || !c || !d) return assert.fail()
        await settleAll(driver, [complete(a), bury(b, { reason: 'lost' }), retry(c), release(d)])
        const attempts = (await claim(context, driver, 2)).map(({ attempt }) => attempt)
        assert.deepEqual(attempts.sort(), [1, 2])
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), 1)
      },
    },
  ],
}
