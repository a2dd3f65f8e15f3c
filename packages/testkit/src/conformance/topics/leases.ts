import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { LostDelivery, TaskDelivery } from '@tasq/core/driver'
import { claim, enqueue, hold, recoverOne, tryRecover } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertBetween } from '../expect.ts'
import { complete, settle } from '../settlements.ts'
import { LONG_LEASE_MS, newTask, newTasks, SHORT_LEASE_MS } from '../tasks.ts'

const HOUR = 3_600_000
/** A lease that is renewed in time, however slow the machine is. */
const RENEWED_MS = 6_000

export const leases: ConformanceTopic = {
  name: 'leases',
  cases: [
    {
      name: 'a lease that is held can be renewed, again and again',
      run: async (context) => {
        const driver = await context.connect()
        const { lease } = await hold(context, driver)
        for (let round = 0; round < 3; round++) {
          assert.deepEqual(await driver.extend([{ lease, leaseMs: LONG_LEASE_MS }]), ['held'])
        }
      },
    },
    {
      name: 'extending nothing answers nothing',
      run: async (context) => {
        const driver = await context.connect()
        assert.deepEqual(await driver.extend([]), [])
      },
    },
    {
      name: 'a lease on a task that is settled or unknown is lost',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, complete(held))
        const unknown = { ...held.lease, id: randomUUID() }
        const answers = await driver.extend([held.lease, unknown].map((lease) => ({ lease, leaseMs: 1_000 })))
        assert.deepEqual(answers, ['lost', 'lost'])
      },
    },
    {
      name: 'lost leases in a batch do not disturb the others, and answers come in order',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(4))
        const [a, b, c, d] = (await claim(context, driver, 4)).map(({ lease }) => lease)
        if (!a || !b || !c || !d) return assert.fail()
        const leases = [a, { ...b, token: `${b.token}x` }, c, { ...c, id: randomUUID() }, d]
        const answers = await driver.extend(leases.map((lease) => ({ lease, leaseMs: LONG_LEASE_MS })))
        assert.deepEqual(answers, ['held', 'lost', 'held', 'lost', 'held'])
      },
    },
    {
      name: 'as many leases as a batch takes are renewed in one call',
      run: async (context) => {
        const driver = await context.connect()
        const count = Math.min(driver.limits.maxBatch, 1_000)
        await enqueue(driver, newTasks(count))
        const held = await claim(context, driver, count)
        const answers = await driver.extend(held.map(({ lease }) => ({ lease, leaseMs: LONG_LEASE_MS })))
        assert.deepEqual(
          answers,
          held.map(() => 'held'),
        )
      },
    },
    {
      name: 'each lease is as long as its task says',
      needs: ['recovery'],
      run: async (context) => {
        const driver = await context.connect()
        await hold(context, driver, { leaseMs: LONG_LEASE_MS })
        const short = await hold(context, driver, { leaseMs: SHORT_LEASE_MS, queue: 'short' })
        const lost = await recoverOne(context, driver)
        assertLasted(short, lost, SHORT_LEASE_MS)
        assert.deepEqual(await tryRecover(driver), [])
      },
    },
    {
      name: 'renewing in time keeps a task from being recovered',
      needs: ['recovery'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { lease } = await hold(context, driver, { leaseMs: RENEWED_MS })
        for (let round = 0; round < 3; round++) {
          await context.advance(RENEWED_MS / 2.5)
          assert.deepEqual(await tryRecover(other), [])
          assert.deepEqual(await driver.extend([{ lease, leaseMs: RENEWED_MS }]), ['held'])
        }
      },
    },
    {
      name: 'a renewal counts from now, for its own time',
      needs: ['recovery'],
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(2))
        const [short, long] = await claim(context, driver, 2)
        if (!short || !long) return assert.fail()
        await driver.extend([
          { lease: short.lease, leaseMs: SHORT_LEASE_MS },
          { lease: long.lease, leaseMs: LONG_LEASE_MS },
        ])
        assertLasted(short, await recoverOne(context, driver), SHORT_LEASE_MS)
        assert.deepEqual(await tryRecover(driver), [])
      },
    },
    {
      name: 'a lease whose task was recovered by another is lost',
      needs: ['recovery', 'token fence'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const { lease } = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        const lost = await recoverOne(context, other)
        assert.deepEqual(await driver.extend([{ lease, leaseMs: LONG_LEASE_MS }]), ['lost'])
        assert.deepEqual(await other.extend([{ lease: lost.lease, leaseMs: LONG_LEASE_MS }]), ['held'])
      },
    },
    {
      name: 'a process whose clock is wrong gets leases as long as the others',
      needs: ['recovery', 'backend clock'],
      run: async (context) => {
        const judge = await context.connect()
        for (const clockSkewMs of [-HOUR, HOUR]) {
          const driver = await context.connect({ clockSkewMs })
          await hold(context, driver, { leaseMs: LONG_LEASE_MS, queue: `long ${clockSkewMs}` })
          const short = await hold(context, driver, {
            leaseMs: SHORT_LEASE_MS,
            queue: `short ${clockSkewMs}`,
          })
          assertLasted(short, await recoverOne(context, judge), SHORT_LEASE_MS)
          assert.deepEqual(await tryRecover(judge), [])
        }
      },
    },
    {
      name: 'a process whose clock is wrong renews leases for as long as the others',
      needs: ['recovery', 'backend clock'],
      run: async (context) => {
        const judge = await context.connect()
        for (const clockSkewMs of [-HOUR, HOUR]) {
          const driver = await context.connect({ clockSkewMs })
          const { lease } = await hold(context, driver, { queue: `of ${clockSkewMs}` })
          await driver.extend([{ lease, leaseMs: LONG_LEASE_MS }])
          assert.deepEqual(await tryRecover(judge), [])
          await driver.extend([{ lease, leaseMs: SHORT_LEASE_MS }])
          assert.equal((await recoverOne(context, judge)).lease.id, lease.id)
        }
      },
    },
    {
      name: 'a process whose clock is wrong recovers what is over, and nothing else',
      needs: ['recovery', 'backend clock'],
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, [newTask({ queue: 'long' })])
        await claim(context, driver, 1, { queue: 'long' })
        for (const clockSkewMs of [-HOUR, HOUR]) {
          const judge = await context.connect({ clockSkewMs })
          assert.deepEqual(await tryRecover(judge), [])
          const short = await hold(context, driver, {
            leaseMs: SHORT_LEASE_MS,
            queue: `short ${clockSkewMs}`,
          })
          assertLasted(short, await recoverOne(context, judge), SHORT_LEASE_MS)
          assert.deepEqual(await tryRecover(await context.connect()), [])
        }
      },
    },
  ],
}

/** The lease was lost, and not before its time, by the backend's own account. */
function assertLasted(held: TaskDelivery, lost: LostDelivery, leaseMs: number): void {
  assert.equal(lost.lease.id, held.lease.id)
  assertBetween('the length of the lease', lost.now - held.now, leaseMs, leaseMs + 10_000)
}
