import { callId, complete, newTask, release, reserveCall, retry } from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { claimOne, expectNothing } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { test } from './support/stage.ts'

describe.concurrent('FIFO queues', () => {
  test('have names that end so, and refuse a second task of a key for five minutes', async ({ stage }) => {
    const driver = await stage.open({ fifo: true })
    const tasks = [1, 2].map(() => newTask({ unique: { key: 'user 1' } }))
    for (const task of tasks) {
      expect(await driver.enqueue({ callId: callId(), tasks: [task] })).toEqual([{ status: 'created' }])
    }
    const held = await claimOne(driver)
    expect(held.lease.id).toBe(tasks[0]?.envelope.id)
    await driver.settle([complete(held)])
    await expectNothing(driver)
    const urls = await stage.urls()
    expect(urls.map((url) => url.slice(url.lastIndexOf('/') + 1 + stage.prefix.length)).sort()).toEqual([
      'work.fifo',
      'work__dead.fifo',
    ])
  })

  test('store a task once, though the answer to its enqueue is lost', async ({ stage: { proxy, open } }) => {
    const driver = await open({ fifo: true })
    proxy.next('SendMessageBatch', 'lose the answer')
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(proxy.sent('SendMessageBatch').length).toBeGreaterThan(1)
    await driver.settle([complete(await claimOne(driver))])
    await expectNothing(driver)
  })

  test('take a retry for what it is, and not for the task again', async ({ stage: { open } }) => {
    const driver = await open({ fifo: true })
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    for (const attempt of [1, 2, 3]) {
      const held = await claimOne(driver)
      expect(held.attempt).toBe(attempt)
      await driver.settle([retry(held)])
    }
    const held = await claimOne(driver)
    await driver.settle([release(held)])
    expect((await claimOne(driver)).attempt).toBe(4)
  })

  test('deliver the tasks of a group one after another', async ({ stage: { proxy, open } }) => {
    const driver = await open({ fifo: { groupOf: ({ headers }) => headers?.user ?? 'nobody' } })
    const tasks = ['a', 'a', 'ü b', 'a'].map((user) => newTask({ headers: { user } }))
    await driver.enqueue({ callId: callId(), tasks })
    const groups = proxy
      .sent('SendMessageBatch')
      .flatMap(entriesOf)
      .map(({ MessageGroupId }) => MessageGroupId)
    expect(groups).toEqual(['a', 'a', expect.stringMatching(/^[0-9a-f]{64}$/), 'a'])
    const deliveries = await driver.reserve(reserveCall({ max: 10 }))
    expect(deliveries.map(({ lease }) => lease.id)).toEqual([tasks[0]?.envelope.id, tasks[2]?.envelope.id])
    await expectNothing(driver)
    const [first] = deliveries
    if (first !== undefined) await driver.settle([complete(first)])
    expect((await claimOne(driver)).lease.id).toBe(tasks[1]?.envelope.id)
  })

  test('keep the order of a group when a worker gives back what it has not begun', async ({ stage }) => {
    const fifo = { groupOf: () => 'all' }
    const [driver, other] = [await stage.open({ fifo }), await stage.openDirectly({ fifo })]
    const controller = new AbortController()
    const reserved = driver.reserve(reserveCall({ waitMs: 20_000, signal: controller.signal }))
    await expectNothing(driver, 'elsewhere')
    controller.abort()
    await reserved
    const tasks = [newTask(), newTask()]
    await other.enqueue({ callId: callId(), tasks })
    expect((await claimOne(other)).lease.id).toBe(tasks[0]?.envelope.id)
  })
})
