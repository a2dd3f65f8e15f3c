import assert from 'node:assert/strict'
import type { Delivery } from '@tasq/core/driver'
import {
  assertNothingReady,
  asTask,
  claimOne,
  enqueue,
  enqueueOne,
  idsOfHeld,
  recover,
  reserveCall,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertSame, assertSameMembers } from '../expect.ts'
import { complete, release, settle, settleAll } from '../settlements.ts'
import { newTask, newTasks, SHORT_LEASE_MS } from '../tasks.ts'

export const repeats: ConformanceTopic = {
  name: 'repeats of a reserve',
  needs: ['token fence'],
  cases: [
    {
      name: 'a repeat gives what the call holds, under the same leases',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [newTask({ queue: 'a' }), newTask({ queue: 'b' }), newTask({ queue: 'b' })])
        const queues = ['a', 'b'].map((name) => ({ name, max: 3 }))
        const call = reserveCall({ queues, max: Math.min(3, driver.limits.maxBatch) })
        const first = await driver.reserve(call)
        assert.ok(first.length > 0, 'the first call gets something')
        const again = await driver.reserve({ ...call, repeat: true })
        assertSame(withoutNow(again), withoutNow(first))
      },
    },
    {
      name: 'a repeat counts no attempt',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const call = reserveCall()
        await driver.reserve(call)
        for (let round = 0; round < 3; round++) await driver.reserve({ ...call, repeat: true })
        const [delivery] = (await driver.reserve({ ...call, repeat: true })).map(asTask)
        assert.equal(delivery?.attempt, 1)
      },
    },
    {
      name: 'a repeat claims nothing new',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const call = reserveCall({ max: Math.min(5, driver.limits.maxBatch) })
        const first = await driver.reserve(call)
        const later = await enqueueOne(driver)
        const again = await driver.reserve({ ...call, repeat: true })
        assertSameMembers(idsOfHeld(again), idsOfHeld(first))
        assert.equal((await claimOne(context, driver)).lease.id, later.envelope.id)
      },
    },
    {
      name: 'a repeat beside its first call gives all that that one gets',
      run: async (context) => {
        const driver = await context.connect()
        for (let ms = 0; ms < 15; ms++) {
          const queue = `beside-${ms}`
          const over = new AbortController()
          const call = reserveCall({ queue, waitMs: 600_000, signal: over.signal })
          const first = driver.reserve(call)
          const stored = enqueueOne(driver, { queue })
          if (ms > 0) await context.advance(ms)
          over.abort()
          const again = driver.reserve({ ...call, repeat: true, signal: undefined })
          await stored
          const [early, late] = await context.finish('both', Promise.all([first, again]))
          if (early.length > 0) assertSameMembers(idsOfHeld(late), idsOfHeld(early))
        }
      },
    },
    {
      name: 'a repeat of a call that never arrived gives nothing, and does not wait',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        const repeated = driver.reserve(reserveCall({ repeat: true, max: 5 }))
        assert.deepEqual(await context.finish('the repeat', repeated, 2_000), [])
        assert.equal((await claimOne(context, driver)).attempt, 1)
      },
    },
    {
      name: 'a repeat leaves out what was settled meanwhile',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(3))
        const deliveries: Delivery[] = []
        const calls = [reserveCall({ max: 3 }), reserveCall({ max: 2 }), reserveCall({ max: 1 })]
        for (const call of calls) deliveries.push(...(await driver.reserve(call)))
        const [done, back, ...rest] = deliveries
        assert.ok(done !== undefined && back !== undefined, 'three were delivered')
        await settleAll(driver, [complete(done), release(back)])
        const held: Delivery[] = []
        for (const call of calls) held.push(...(await driver.reserve({ ...call, repeat: true })))
        assertSameMembers(idsOfHeld(held), idsOfHeld(rest))
      },
    },
    {
      name: 'a repeat gives nothing that another call holds by now',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await enqueueOne(driver)
        const call = reserveCall()
        const [first] = (await driver.reserve(call)).map(asTask)
        assert.ok(first !== undefined)
        await settle(driver, release(first))
        await claimOne(context, other)
        assert.deepEqual(await driver.reserve({ ...call, repeat: true }), [])
      },
    },
    {
      name: 'a repeat gives nothing that was recovered',
      needs: ['recovery'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await enqueueOne(driver, { leaseMs: SHORT_LEASE_MS })
        const call = reserveCall()
        assert.equal((await driver.reserve(call)).length, 1)
        await recover(context, other, 1)
        assert.deepEqual(await driver.reserve({ ...call, repeat: true }), [])
      },
    },
    {
      name: 'a repeat finds what the call holds after a new connection',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver)
        const call = reserveCall()
        await driver.reserve(call)
        await driver.close()
        await driver.open()
        const again = await driver.reserve({ ...call, repeat: true })
        assert.deepEqual(idsOfHeld(again), [envelope.id])
        await settle(driver, complete(asTask(again[0] ?? assert.fail())))
        await assertNothingReady(driver)
      },
    },
  ],
}

/** Repeats may differ in when they were answered, and in nothing else. */
function withoutNow(deliveries: readonly Delivery[]): unknown {
  const sorted = [...deliveries].sort((a, b) => a.lease.id.localeCompare(b.lease.id))
  return sorted.map(({ now: _, ...rest }) => rest)
}
