import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import { callId, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { describe, expect, inject } from 'vitest'
import { sqs } from '../src/index.ts'
import { claim, claimOne, expectNothing, idsOf, until } from './support/claims.ts'
import { test } from './support/stage.ts'

describe.concurrent('receiving', () => {
  test('an answer that is lost brings its tasks back when their time is over', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open({ visibilityTimeout: '1s' })
    const tasks = newTasks(3)
    await driver.enqueue({ callId: callId(), tasks })
    proxy.next('ReceiveMessage', 'lose the answer')
    const held = await claim(driver, 3)
    expect([...idsOf(held)].sort()).toEqual(tasks.map(({ envelope }) => envelope.id).sort())
    expect(held.map(({ attempt, redeliveries }) => [attempt, redeliveries])).toEqual(Array(3).fill([1, 1]))
  })

  test('a reserve of many asks ten times at once, when there is so much', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    for (let round = 0; round < 5; round++) {
      await driver.enqueue({ callId: callId(), tasks: newTasks(100) })
    }
    expect(await driver.reserve(reserveCall({ max: 100 }))).toHaveLength(100)
    const before = proxy.sent('ReceiveMessage').length
    proxy.mostReceives = 0
    expect(await driver.reserve(reserveCall({ max: 100 }))).toHaveLength(100)
    expect(proxy.sent('ReceiveMessage').length - before).toBe(10)
    expect(proxy.mostReceives).toBe(10)
  })

  test('an idle worker asks once for each wait', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    for (let round = 0; round < 2; round++) await driver.reserve(reserveCall({ max: 100, waitMs: 1_000 }))
    const waits = proxy
      .sent('ReceiveMessage')
      .map(({ input }) => [input.WaitTimeSeconds, input.MaxNumberOfMessages])
    expect(waits.length).toBeLessThanOrEqual(4)
    expect(waits).toEqual(waits.map(() => [1, 10]))
  })

  test('a worker at rest asks its server for little', async ({ stage: { proxy, prefix } }) => {
    const noop = defineTask({ name: 'noop', run: () => {} })
    const driver = sqs({ ...inject('sqsAccess'), endpoint: proxy.endpoint, queueNamePrefix: prefix })
    await using tasq = createTasq({ driver, tasks: [noop] })
    const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
    await tasq.worker().start()
    await tasq.enqueue(noop)
    await done
    const received = proxy.sent('ReceiveMessage').length
    await until('a wait', () => proxy.sent('ReceiveMessage').length > received)
    const [before, since] = [proxy.requests.length, performance.now()]
    await setTimeout(3_000)
    const seconds = (performance.now() - since) / 1_000
    expect((proxy.requests.length - before) / seconds).toBeLessThan(2)
  })

  test.for([
    [60_000, '20s', 20],
    [60_000, '3s', 3],
    [1_900, '20s', 2],
  ] as const)(
    'a wait of %d ms, at most %s at a time, waits for %d s',
    async ([waitMs, longPoll, seconds], { stage: { proxy, open } }) => {
      const driver = await open({ longPoll })
      const { signal, abort } = aborting()
      const reserved = driver.reserve(reserveCall({ waitMs, signal }))
      await until('a receive', () => proxy.sent('ReceiveMessage').length > 0)
      expect(proxy.sent('ReceiveMessage')[0]?.input.WaitTimeSeconds).toBe(seconds)
      abort()
      expect(await reserved).toEqual([])
    },
  )

  test('what arrives after an abort goes to others, as if it had not been received', async ({
    stage: { open, openDirectly },
  }) => {
    const [driver, other] = [await open(), await openDirectly()]
    const { signal, abort } = aborting()
    const reserved = driver.reserve(reserveCall({ waitMs: 20_000, signal }))
    await expectNothing(driver, 'elsewhere') // by then the receive is under way
    abort()
    expect(await reserved).toEqual([])
    await other.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(await claimOne(other)).toMatchObject({ attempt: 1, redeliveries: 0 })
  })

  test('what arrives between two reserves is given to the next one', async ({
    stage: { proxy, open, openDirectly },
  }) => {
    const [driver, other] = [await open(), await openDirectly()]
    expect(await driver.reserve(reserveCall({ waitMs: 300 }))).toEqual([]) // its receive goes on
    await other.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(await claimOne(driver)).toMatchObject({ attempt: 1, redeliveries: 0 })
    expect(proxy.sent('DeleteMessageBatch')).toEqual([])
  })

  test('a receive that fails while others bring tasks does not keep them back', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ queue: 'good' })] })
    await driver.reserve(reserveCall({ queue: 'bad' }))
    proxy.always(({ action, input }) =>
      action === 'ReceiveMessage' && String(input.QueueUrl).endsWith('bad')
        ? { status: 400, error: 'InvalidAddress' }
        : undefined,
    )
    const queues = ['bad', 'good'].map((name) => ({ name, max: 5 }))
    expect(await driver.reserve(reserveCall({ queues, max: 5 }))).toHaveLength(1)
    await expect(driver.reserve(reserveCall({ queues, max: 5 }))).rejects.toMatchObject({
      code: 'TASQ_STORE_FAILED',
    })
  })
})

describe.concurrent('priorities', () => {
  test('a level that another process begins to use is found soon', async ({ stage: { open } }) => {
    const [driver, other] = [await open({ priorityCheck: '200ms' }), await open()]
    await driver.reserve(reserveCall())
    await other.enqueue({ callId: callId(), tasks: [newTask({ priority: 100 })] })
    expect((await claimOne(driver)).envelope.priority).toBe(100)
  })

  test('levels that nobody uses are not asked for', async ({ stage: { proxy, open, urls } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask(), newTask({ priority: 50 })] })
    expect(await driver.reserve(reserveCall({ max: 5 }))).toHaveLength(2)
    const asked = new Set(
      proxy.sent('ReceiveMessage').map(({ input }) => String(input.QueueUrl).split('__')[1]),
    )
    expect(asked).toEqual(new Set(['high', undefined]))
    expect((await urls()).map((url) => url.split('__')[1])).toEqual([undefined, 'dead', 'high'])
  })

  test('a process that knows all levels no longer looks for others', async ({ stage: { proxy, open } }) => {
    const driver = await open({ priorityCheck: 1 })
    await driver.enqueue({
      callId: callId(),
      tasks: [100, 50, 0, -50].map((priority) => newTask({ priority })),
    })
    const before = proxy.sent('ListQueues').length
    for (let round = 0; round < 3; round++) await driver.reserve(reserveCall())
    expect(proxy.sent('ListQueues').length).toBe(before)
  })
})

function aborting() {
  const controller = new AbortController()
  return { signal: controller.signal, abort: () => controller.abort() }
}
