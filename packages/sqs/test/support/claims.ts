import assert from 'node:assert/strict'
import { setTimeout } from 'node:timers/promises'
import type { Driver, TaskDelivery } from '@tasq/core/driver'
import { reserveCall } from '@tasq/testkit/conformance'

const PATIENCE_MS = 90_000

/** Waits until a condition holds; for tests that run beside others. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!condition()) {
    assert.ok(performance.now() < end, `${what}: not within ${PATIENCE_MS} ms`)
    await setTimeout(10)
  }
}

/** Reserves until it holds this many. */
export async function claim(driver: Driver, count: number, queue = 'work'): Promise<readonly TaskDelivery[]> {
  const held: TaskDelivery[] = []
  const until = performance.now() + PATIENCE_MS
  while (held.length < count) {
    assert.ok(performance.now() < until, `only ${held.length} of ${count} came`)
    const deliveries = await driver.reserve(reserveCall({ queue, max: count - held.length, waitMs: 1_000 }))
    for (const delivery of deliveries) {
      assert.equal(delivery.kind, 'task')
      if (delivery.kind === 'task') held.push(delivery)
    }
  }
  return held
}

export async function claimOne(driver: Driver, queue = 'work'): Promise<TaskDelivery> {
  const [delivery] = await claim(driver, 1, queue)
  return delivery ?? assert.fail('nothing was delivered')
}

export function idsOf(deliveries: readonly TaskDelivery[]): readonly string[] {
  return deliveries.map(({ lease }) => lease.id)
}

/** Nothing can be had now. */
export async function expectNothing(driver: Driver, queue = 'work'): Promise<void> {
  assert.deepEqual(await driver.reserve(reserveCall({ queue, max: 10, waitMs: 0 })), [])
}
