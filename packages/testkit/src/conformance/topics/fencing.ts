import assert from 'node:assert/strict'
import type { Settlement } from '@tasq/core/driver'
import { assertNothingReady, claimOne, deadCount, hold, recoverOne } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { complete, kinds, release, retry, settle } from '../settlements.ts'
import { LONG_LEASE_MS, SHORT_LEASE_MS } from '../tasks.ts'

const kindNames = Object.keys(kinds) as Settlement['kind'][]

export const fencing: ConformanceTopic = {
  name: 'fencing',
  needs: ['token fence'],
  cases: [
    ...kindNames.map(
      (kind): ConformanceCase => ({
        name: `after a recovery, ${kind} by the old holder is lost and changes nothing`,
        needs: ['recovery'],
        run: async (context) => {
          const [driver, other] = await Promise.all([context.connect(), context.connect()])
          const stale = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
          const lost = await recoverOne(context, other)
          assert.equal(await settle(driver, kinds[kind](stale)), 'lost')
          assert.equal(await deadCount(driver), 0)
          await assertNothingReady(driver)
          assert.equal(await settle(other, retry(lost)), 'settled')
          assert.equal((await claimOne(context, other)).attempt, 2)
        },
      }),
    ),
    ...kindNames.map(
      (kind): ConformanceCase => ({
        name: `after a snooze, ${kind} by the old holder is lost although the attempt is the same`,
        run: async (context) => {
          const [driver, other] = await Promise.all([context.connect(), context.connect()])
          const stale = await hold(context, driver)
          await settle(driver, release(stale))
          const current = await claimOne(context, other)
          assert.equal(current.attempt, stale.attempt)
          assert.equal(await settle(driver, kinds[kind](stale)), 'lost')
          assert.equal(await deadCount(driver), 0)
          await assertNothingReady(driver)
          assert.equal(await settle(other, complete(current)), 'settled')
        },
      }),
    ),
    {
      name: 'after a retry, the old holder can neither renew nor settle',
      run: async (context) => {
        const driver = await context.connect()
        const stale = await hold(context, driver)
        await settle(driver, retry(stale))
        const current = await claimOne(context, driver)
        const answers = await driver.extend([
          { lease: stale.lease, leaseMs: LONG_LEASE_MS },
          { lease: current.lease, leaseMs: LONG_LEASE_MS },
        ])
        assert.deepEqual(answers, ['lost', 'held'])
        assert.deepEqual(await driver.settle([complete(stale), complete(current)]), ['lost', 'settled'])
      },
    },
    {
      name: 'a late renewal does not lengthen the lease of the new holder',
      needs: ['recovery'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const stale = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        const first = await recoverOne(context, other, SHORT_LEASE_MS)
        await driver.extend([{ lease: stale.lease, leaseMs: LONG_LEASE_MS }])
        const second = await recoverOne(context, other)
        assert.equal(second.lostToken, first.lease.token)
      },
    },
    {
      name: 'a lease that is over but was not taken over still settles',
      run: async (context) => {
        const driver = await context.connect()
        const late = await hold(context, driver, { leaseMs: SHORT_LEASE_MS })
        await context.advance(SHORT_LEASE_MS + 100)
        assert.equal(await settle(driver, complete(late)), 'settled')
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a made-up token settles nothing',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        for (const token of ['made up', `${held.lease.token}0`, held.lease.id]) {
          const answer = await settle(driver, complete({ ...held, lease: { ...held.lease, token } }))
          assert.equal(answer, 'lost', `the answer to token '${token}'`)
        }
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'a lease names its queue: in another one there is no such task',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const elsewhere = { ...held, lease: { ...held.lease, queue: 'another' } }
        assert.equal(await settle(driver, complete(elsewhere)), 'gone')
        assert.deepEqual(await driver.extend([{ lease: elsewhere.lease, leaseMs: 1_000 }]), ['lost'])
        assert.equal(await settle(driver, complete(held)), 'settled')
      },
    },
    {
      name: 'a lease settles in whatever process',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const held = await hold(context, driver)
        assert.deepEqual(await other.extend([{ lease: held.lease, leaseMs: LONG_LEASE_MS }]), ['held'])
        assert.equal(await settle(other, complete(held)), 'settled')
        await assertNothingReady(driver)
      },
    },
  ],
}
