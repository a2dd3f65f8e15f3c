import assert from 'node:assert/strict'
import type { CorruptDelivery, Delivery, Driver } from '@tasq/core/driver'
import {
  assertNothingReady,
  deadCount,
  enqueue,
  enqueueOne,
  idsOfHeld,
  recover,
  recoverOne,
  reserveCall,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertSameBytes, assertSameMembers } from '../expect.ts'
import { bury, complete, failure, retry, settle } from '../settlements.ts'
import { bytesOf, idsOf, newTask, QUEUE, refOf, SHORT_LEASE_MS } from '../tasks.ts'

const BYTES = bytesOf('\u0000 what was in it \u00ff')

export const unreadable: ConformanceTopic = {
  name: 'unreadable tasks',
  cases: [
    {
      name: 'one comes back as corrupt among good neighbours',
      run: async (context) => {
        const driver = await context.connect()
        const [before, broken, after] = await enqueueAround(context, driver)
        const deliveries = await reserveAll(context, driver, 3)
        const corrupt = deliveries.filter((delivery) => delivery.kind === 'corrupt')
        assert.deepEqual(idsOfHeld(corrupt), [broken.envelope.id])
        assertSameMembers(idsOfHeld(deliveries), idsOf([before, broken, after]))
        const { problem, attempt, leaseMs, lease } = corrupt[0] ?? assert.fail()
        assert.ok(problem.length > 0, 'it says what is wrong')
        assert.equal(attempt, 1)
        assert.ok(leaseMs > 0, 'its lease has a length')
        assert.equal(lease.queue, QUEUE)
      },
    },
    {
      name: 'one can be buried, with its bytes kept',
      run: async (context) => {
        const driver = await context.connect()
        const corrupt = await holdCorrupt(context, driver)
        const problem = failure({ message: corrupt.problem })
        const burial = bury(corrupt, { reason: 'undecodable', failure: problem })
        assert.equal(await settle(driver, burial), 'settled')
        const { items } = await driver.deadLetters.peek({ queue: QUEUE, limit: 10 })
        const letter = items[0] ?? assert.fail('the letter is there')
        assert.equal(letter.id, corrupt.lease.id)
        assert.equal(letter.reason, 'undecodable')
        assertSameBytes(letter.payload.bytes, BYTES)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'one that is buried can be purged',
      run: async (context) => {
        const driver = await context.connect()
        const corrupt = await holdCorrupt(context, driver)
        await settle(driver, bury(corrupt, { reason: 'undecodable' }))
        assert.equal(await driver.deadLetters.purge({ queue: QUEUE }, 10), 1)
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'one is held, renewed and handed back like any other',
      run: async (context) => {
        const driver = await context.connect()
        const corrupt = await holdCorrupt(context, driver)
        assert.deepEqual(await driver.extend([{ lease: corrupt.lease, leaseMs: 30_000 }]), ['held'])
        assert.equal(await settle(driver, retry(corrupt)), 'settled')
        const [again] = await reserveAll(context, driver, 1)
        assert.equal(again?.kind, 'corrupt')
        assert.equal(again?.attempt, 2)
      },
    },
    {
      name: 'one does not stop recovery',
      needs: ['recovery'],
      run: async (context) => {
        const driver = await context.connect()
        const tasks = await enqueueAround(context, driver, SHORT_LEASE_MS)
        await reserveAll(context, driver, 3)
        const lost = await recover(context, driver, 3)
        assertSameMembers(idsOfHeld(lost), idsOf(tasks))
        for (const each of lost) assert.equal(await settle(driver, bury(each, { reason: 'lost' })), 'settled')
        assert.equal(await deadCount(driver), 3)
      },
    },
    {
      name: 'a stale holder of one is fenced',
      needs: ['recovery', 'token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const corrupt = await holdCorrupt(context, driver, SHORT_LEASE_MS)
        const lost = await recoverOne(context, await context.connect())
        assert.equal(await settle(driver, bury(corrupt)), 'lost')
        assert.equal(await settle(driver, complete(lost)), 'settled')
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'one does not hide others from those who look',
      needs: ['inspection'],
      run: async (context) => {
        const driver = await context.connect()
        const tasks = await enqueueAround(context, driver)
        const page = await driver.inspection?.find({ queue: QUEUE, state: 'ready', limit: 10 })
        assertSameMembers(page?.items.map(({ id }) => id) ?? [], idsOf(tasks))
        const [broken] = (await driver.inspection?.get([refOf(tasks[1])])) ?? []
        assert.equal(broken?.state, 'ready')
        const answers = await driver.inspection?.cancel([{ ref: refOf(tasks[1]) }])
        assert.deepEqual(answers, ['cancelled'])
      },
    },
  ],
}

/** A task that can't be read, between two that can. */
async function enqueueAround(context: CaseContext, driver: Driver, leaseMs = 60_000) {
  const [before, broken, after] = [newTask({ leaseMs }), newTask({ leaseMs }), newTask({ leaseMs })]
  await enqueue(driver, [before, broken, after])
  await context.store.corrupt(refOf(broken))
  return [before, broken, after] as const
}

async function reserveAll(context: CaseContext, driver: Driver, count: number): Promise<readonly Delivery[]> {
  const deliveries: Delivery[] = []
  await context.until(`${count} deliveries`, async () => {
    const max = Math.min(count - deliveries.length, driver.limits.maxBatch)
    deliveries.push(...(await driver.reserve(reserveCall({ max }))))
    return deliveries.length >= count
  })
  return deliveries
}

async function holdCorrupt(context: CaseContext, driver: Driver, leaseMs = 60_000): Promise<CorruptDelivery> {
  const task = await enqueueOne(driver, { leaseMs, payload: { bytes: BYTES } })
  await context.store.corrupt(refOf(task))
  const [delivery] = await reserveAll(context, driver, 1)
  if (delivery?.kind === 'corrupt') return delivery
  return assert.fail('the task comes back as corrupt')
}
