import assert from 'node:assert/strict'
import type { Driver, Lease } from '@tasq/core/driver'
import { assertNothingReady, claimOne, deadCount, hold } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { cancellationOf, facet } from '../context.ts'
import { assertSame } from '../expect.ts'
import { race } from '../race.ts'
import { bury, cancel, complete, release, retry, settle } from '../settlements.ts'
import { LONG_LEASE_MS, QUEUE } from '../tasks.ts'

export const cancelMarks: ConformanceTopic = {
  name: 'cancel marks',
  needs: ['cancellation'],
  cases: [
    {
      name: 'a mark shows at the next renewal, and the lease is renewed all the same',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const held = await hold(context, driver)
        await mark(other, held.lease)
        assert.deepEqual(await driver.extend([{ lease: held.lease, leaseMs: LONG_LEASE_MS }]), ['cancelled'])
        assert.deepEqual(await driver.extend([{ lease: held.lease, leaseMs: LONG_LEASE_MS }]), ['cancelled'])
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'a mark can be asked for by queue, with its reason',
      run: async (context) => {
        const driver = await context.connect()
        const a = await hold(context, driver, { queue: 'a' })
        const b = await hold(context, driver, { queue: 'b' })
        await hold(context, driver, { queue: 'c' })
        await mark(driver, a.lease, 'why: "because"')
        await mark(driver, b.lease)
        const { cancelRequests } = cancellationOf(driver)
        assertSame(await cancelRequests(['a', 'c']), [
          { queue: 'a', id: a.lease.id, reason: 'why: "because"' },
        ])
        assertSame(await cancelRequests(['c', 'b']), [{ queue: 'b', id: b.lease.id }])
        assert.deepEqual(await cancelRequests(['c', 'none']), [])
      },
    },
    {
      name: 'a retry or a release answers cancelled and changes nothing',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await mark(driver, held.lease)
        for (const settlement of [retry(held), release(held), retry(held, { delayMs: 5_000 })]) {
          assert.equal(await settle(driver, settlement), 'cancelled')
        }
        await assertNothingReady(driver)
        assert.deepEqual(await driver.extend([{ lease: held.lease, leaseMs: LONG_LEASE_MS }]), ['cancelled'])
        assert.equal(await settle(driver, cancel(held, { reason: 'asked' })), 'settled')
        await assertNothingReady(driver)
        assert.deepEqual(await cancellationOf(driver).cancelRequests([QUEUE]), [])
      },
    },
    {
      name: 'a cancellation that names no reason keeps that of the mark',
      needs: ['results'],
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const other = await hold(context, driver, { queue: 'other' })
        await mark(driver, held.lease, 'no longer wanted')
        await mark(driver, other.lease, 'no longer wanted')
        await settle(driver, cancel(held, { keepMs: 60_000 }))
        await settle(driver, cancel(other, { keepMs: 60_000, reason: 'its own' }))
        const readings = await facet(driver, 'results').read([held.lease, other.lease])
        assert.deepEqual(
          readings.map((reading) => reading.state === 'cancelled' && reading.reason),
          ['no longer wanted', 'its own'],
        )
      },
    },
    {
      name: 'completing beats the mark',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await mark(driver, held.lease)
        assert.equal(await settle(driver, complete(held)), 'settled')
        await assertNothingReady(driver)
        assert.deepEqual(await cancellationOf(driver).cancelRequests([QUEUE]), [])
      },
    },
    {
      name: 'burying beats the mark, and a dead letter that is sent back carries none',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await mark(driver, held.lease)
        assert.equal(await settle(driver, bury(held)), 'settled')
        assert.equal(await deadCount(driver), 1)
        await driver.deadLetters.retry({ queue: QUEUE }, 1)
        const again = await claimOne(context, driver)
        assert.deepEqual(await driver.extend([{ lease: again.lease, leaseMs: LONG_LEASE_MS }]), ['held'])
        assert.equal(await settle(driver, retry(again)), 'settled')
      },
    },
    {
      name: 'a mark that meets a settlement is not overtaken',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        for (let round = 0; round < 10; round++) {
          const held = await hold(context, driver, { queue: `round ${round}` })
          const { queue, id } = held.lease
          const retrying = () => settle(driver, retry(held))
          const cancelling = () => cancellationOf(other).cancel([{ ref: { queue, id } }])
          const [settled, [answer]] = await race(round, retrying, cancelling)
          // Either the mark came first and the retry was refused, or the task waited again and is cancelled.
          assert.equal(settled, answer === 'requested' ? 'cancelled' : 'settled')
          await assertNothingReady(driver, queue)
        }
      },
    },
    {
      name: 'marks in a batch of renewals do not disturb the others',
      run: async (context) => {
        const driver = await context.connect()
        const a = await hold(context, driver, { queue: 'a' })
        const b = await hold(context, driver, { queue: 'b' })
        await mark(driver, b.lease)
        const extensions = [a, b].map(({ lease }) => ({ lease, leaseMs: LONG_LEASE_MS }))
        assert.deepEqual(await driver.extend(extensions), ['held', 'cancelled'])
        assert.deepEqual(await driver.settle([retry(a), retry(b)]), ['settled', 'cancelled'])
      },
    },
    {
      name: 'repeating a mark changes nothing: the first reason stands',
      run: async (context) => {
        const driver = await context.connect()
        const { lease } = await hold(context, driver)
        await mark(driver, lease, 'first')
        await mark(driver, lease, 'second')
        assertSame(await cancellationOf(driver).cancelRequests([QUEUE]), [
          { queue: QUEUE, id: lease.id, reason: 'first' },
        ])
      },
    },
  ],
}

async function mark(driver: Driver, { queue, id }: Lease, reason?: string): Promise<void> {
  const answers = await cancellationOf(driver).cancel([{ ref: { queue, id }, reason }])
  assert.deepEqual(answers, ['requested'])
}
