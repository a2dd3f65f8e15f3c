import { callId, complete, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { claimOne, expectNothing } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { test } from './support/stage.ts'

describe.concurrent('what follows a task', () => {
  test('is stored before the task is deleted; one that is refused is sent again, alone', async ({
    stage,
  }) => {
    const { proxy } = stage
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
    const held = await claimOne(driver)
    const followUps = newTasks(3, { queue: 'after' })
    proxy.next('SendMessageBatch', { refuse: [1], code: 'InternalError', senderFault: false })
    const sent = proxy.sent('SendMessageBatch').length
    const settlement = complete(held, { followUps })
    expect(await driver.settle([settlement])).toMatchObject([{ rejected: { retryable: true } }])
    expect(proxy.sent('DeleteMessageBatch')).toEqual([])
    expect(await driver.settle([settlement])).toEqual(['settled'])
    expect(await driver.settle([settlement])).toEqual(['settled'])
    const counts = proxy.sent('SendMessageBatch').slice(sent).map(entriesOf)
    expect(counts.map(({ length }) => length)).toEqual([3, 1])
    const ids = new Set<string>()
    while (ids.size < 3) {
      const each = await claimOne(driver, 'after')
      ids.add(each.lease.id)
      await driver.settle([complete(each)])
    }
    await expectNothing(driver, 'after')
    await expectNothing(driver)
  })

  test('stays stored once where the deletion is tried again', async ({ stage }) => {
    const { proxy } = stage
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
    const held = await claimOne(driver)
    proxy.next('DeleteMessageBatch', { refuse: [0], code: 'InternalError', senderFault: false })
    const settlement = complete(held, { followUps: newTasks(1, { queue: 'after' }) })
    expect(await driver.settle([settlement])).toMatchObject([{ rejected: { retryable: true } }])
    expect(await driver.settle([settlement])).toEqual(['settled'])
    await driver.settle([complete(await claimOne(driver, 'after'))])
    await expectNothing(driver, 'after')
  })

  test('is refused where it is too large, and the task with it', async ({ stage }) => {
    const driver = await stage.open({ maxMessageBytes: 16_384 })
    await driver.enqueue({ callId: callId(), tasks: newTasks(1) })
    const held = await claimOne(driver)
    const large = newTask({ queue: 'after', payload: { bytes: new Uint8Array(20_000), encoding: 'bytes' } })
    const [refused] = await driver.settle([complete(held, { followUps: [large] })])
    expect(refused).toMatchObject({ rejected: { retryable: false } })
    await expectNothing(driver, 'after')
    expect(await driver.settle([complete(held)])).toEqual(['settled'])
  })

  test('travels with that of other tasks in one request', async ({ stage }) => {
    const { proxy } = stage
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(4) })
    const held = []
    while (held.length < 4) held.push(...(await driver.reserve(reserveCall({ max: 4, waitMs: 1_000 }))))
    const sent = proxy.sent('SendMessageBatch').length
    const settlements = held.map((each) => complete(each, { followUps: newTasks(2, { queue: 'after' }) }))
    expect(await driver.settle(settlements)).toEqual(held.map(() => 'settled'))
    expect(proxy.sent('SendMessageBatch').length - sent).toBe(1)
  })
})

describe.concurrent('a reserve of some priorities', () => {
  const urgent = { name: 'work', max: 1, priorities: { lowest: 75, highest: 127 } }

  test('makes the queue that it waits for, and is woken by it', async ({ stage }) => {
    const driver = await stage.open()
    const waiting = driver.reserve(reserveCall({ queues: [urgent], waitMs: 20_000 }))
    await expect
      .poll(async () => (await stage.urls()).some((url) => url.endsWith('work__critical')))
      .toBe(true)
    const other = await stage.openDirectly()
    const tasks = [newTask({ priority: 0 }), newTask({ priority: 100 })]
    await other.enqueue({ callId: callId(), tasks })
    const [held] = await waiting
    expect(held?.lease.id).toBe(tasks[1]?.envelope.id)
  })

  test('says which queue is missing, where none may be made', async ({ stage }) => {
    const other = await stage.openDirectly()
    await other.enqueue({ callId: callId(), tasks: newTasks(1) })
    const driver = await stage.open({ create: false })
    await expect(driver.reserve(reserveCall({ queues: [urgent] }))).rejects.toMatchObject({
      message: expect.stringContaining('work__critical'),
    })
  })
})
