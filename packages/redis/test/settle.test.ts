import type { Delivery, Settlement } from '@tasq/core/driver'
import {
  bury,
  callId,
  complete,
  newTasks,
  QUEUE,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { testPrefix } from './support/harness.ts'
import { opened } from './support/own-server.ts'

const OTHER_QUEUE = 'other'
const KEPT_MS = 60_000

/** Claims of both queues, two of each, that ended up side by side in one call of a worker. */
async function setup() {
  const driver = await opened({ url: inject('redisUrl'), keyPrefix: testPrefix() })
  const claims: (readonly Delivery[])[] = []
  for (const queue of [QUEUE, OTHER_QUEUE]) {
    await driver.enqueue({ callId: callId(), tasks: newTasks(20, { queue }) })
    for (let claim = 0; claim < 2; claim++) {
      claims.push(await driver.reserve(reserveCall({ queue, max: 10 })))
    }
  }
  const interleaved = claims[0]?.flatMap((_, index) => claims.flatMap((claim) => claim[index] ?? [])) ?? []
  return { driver, held: interleaved }
}

function bytesOf(number: number): Uint8Array {
  return new TextEncoder().encode(`"result of ${number}"`)
}

test('settlements of every kind, queue and claim in one call: each has its own answer, and its own outcome', async () => {
  const { driver, held } = await setup()
  expect(held).toHaveLength(40)
  const kinds: readonly ((each: Delivery, index: number) => Settlement)[] = [
    (each, index) => complete(each, { keepMs: KEPT_MS, result: { bytes: bytesOf(index), encoding: 'json' } }),
    (each) => complete(each),
    (each) => retry(each, { delayMs: KEPT_MS }),
    (each) => complete(each, { keepMs: KEPT_MS }),
    (each) => bury(each),
    (each) => release(each, { delayMs: KEPT_MS }),
    (each) => ({
      kind: 'cancel',
      lease: each.lease,
      attempt: each.attempt,
      keepMs: KEPT_MS,
      reason: 'enough',
    }),
  ]
  const stolen = (index: number) => index % 5 === 3
  const settlements = held.map((each, index): Settlement => {
    const { lease } = each
    const token = stolen(index) ? `${lease.token}-of-nobody` : lease.token
    return (kinds[index % kinds.length] ?? complete)({ ...each, lease: { ...lease, token } }, index)
  })

  const answers = await driver.settle(settlements)
  expect(answers).toEqual(held.map((_, index) => (stolen(index) ? 'lost' : 'settled')))

  const readings = await driver.results.read(held.map(({ lease: { queue, id } }) => ({ queue, id })))
  const states = ['completed', 'unknown', 'pending', 'completed', 'dead', 'pending', 'cancelled']
  expect(readings.map(({ state }) => state)).toEqual(
    held.map((_, index) => (stolen(index) ? 'pending' : states[index % states.length])),
  )
  readings.forEach((reading, index) => {
    if (reading.state !== 'completed') return
    const result = index % kinds.length === 0 ? { bytes: bytesOf(index), encoding: 'json' } : undefined
    expect(reading.result && { ...reading.result, bytes: new Uint8Array(reading.result.bytes) }).toEqual(
      result,
    )
  })
})
