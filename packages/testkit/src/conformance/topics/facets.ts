import assert from 'node:assert/strict'
import { FACET_OPERATIONS } from '../../faulty-driver.ts'
import type { ConformanceTopic } from '../case.ts'
import { FACET_NAMES } from '../harness.ts'

/** Whether a value can be a transaction is asked without a call to the backend. */
const MEMBERS = { ...FACET_OPERATIONS, transactions: ['accepts', 'enqueue'] } as const

export const facets: ConformanceTopic = {
  name: 'facets and limits',
  cases: [
    {
      name: 'it has the facets that are declared, and no others',
      run: async ({ store, harness }) => {
        const driver = store.driver()
        const present = FACET_NAMES.filter((name) => driver[name] !== undefined)
        assert.deepEqual([...present].sort(), [...harness.facets].sort())
      },
    },
    {
      name: 'each of its facets is complete',
      run: async ({ store }) => {
        const driver = store.driver()
        for (const name of [...FACET_NAMES, 'deadLetters'] as const) {
          const facet = driver[name]
          if (facet === undefined) continue
          for (const operation of MEMBERS[name]) {
            assert.equal(typeof Reflect.get(facet, operation), 'function', `${name}.${operation}`)
          }
        }
      },
    },
    {
      name: 'its limits are those that are declared',
      run: async ({ store, harness }) => {
        assert.deepEqual({ ...store.driver().limits }, { ...harness.limits })
      },
    },
    {
      name: 'its limits are possible',
      run: async ({ store }) => {
        const { limits } = store.driver()
        const { maxPayloadBytes, maxBatch, maxBatchBytes, maxDelayMs, maxLeaseMs, maxAgeMs } = limits
        assert.ok(maxPayloadBytes >= 1_024, 'a payload of 1 KiB fits')
        assert.ok(Number.isInteger(maxBatch) && maxBatch >= 10, 'a call carries at least ten items')
        assert.ok(maxBatchBytes >= maxPayloadBytes, 'the largest payload fits into a call')
        for (const limit of [maxDelayMs, maxLeaseMs, maxAgeMs])
          assert.ok(limit === undefined || limit >= 1_000)
      },
    },
    {
      name: 'a driver of timed leases can recover lost deliveries, or its backend delivers them again',
      needs: ['timed leases'],
      run: async ({ store }) => {
        const { limits, recovery } = store.driver()
        assert.ok(recovery !== undefined || limits.redelivers, 'timed leases need the facet recovery')
      },
    },
    {
      name: 'it has a name, the same in every process',
      run: async ({ store }) => {
        const { name } = store.driver()
        assert.match(name, /^[a-z][a-z0-9-]*$/)
        assert.equal(store.driver().name, name)
      },
    },
  ],
}
