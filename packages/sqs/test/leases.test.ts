import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import {
  bury,
  callId,
  cancel,
  complete,
  newTask,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { claimOne, expectNothing, until } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { test } from './support/stage.ts'

const SHORT = { leaseMs: 1_000 }

describe.concurrent('leases', () => {
  test('what is not answered in time is delivered again, as a redelivery and no attempt', async ({
    stage: { open },
  }) => {
    const [driver, other] = [await open({ visibilityTimeout: '1s' }), await open({ visibilityTimeout: '1s' })]
    const task = newTask(SHORT)
    await driver.enqueue({ callId: callId(), tasks: [task] })
    expect(await claimOne(driver)).toMatchObject({ attempt: 1, redeliveries: 0 })
    expect(await claimOne(other)).toMatchObject({
      lease: { id: task.envelope.id },
      attempt: 1,
      redeliveries: 1,
    })
    expect(await claimOne(driver)).toMatchObject({ attempt: 1, redeliveries: 2 })
  })

  test.for(Object.entries({ complete, cancel, retry, release, bury }))(
    'after its end, %s and a renewal are answered as lost, and nothing is sent',
    async ([, settlement], { stage: { proxy, open } }) => {
      const [driver, other] = [await open({ visibilityTimeout: '1s' }), await open()]
      await driver.enqueue({ callId: callId(), tasks: [newTask(SHORT)] })
      const late = await claimOne(driver)
      const current = await claimOne(other)
      const before = proxy.requests.length
      expect(await driver.settle([settlement(late)])).toEqual(['lost'])
      expect(await driver.extend([{ lease: late.lease, leaseMs: 5_000 }])).toEqual(['lost'])
      expect(proxy.requests.length).toBe(before)
      expect(await other.settle([complete(current)])).toEqual(['settled'])
      await expectNothing(driver)
      expect(await driver.deadLetters.count(['work'])).toEqual([0])
    },
  )

  test('a repeat of a settlement is answered as its first try was', async ({ stage: { open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const held = await claimOne(driver)
    for (let round = 0; round < 3; round++) expect(await driver.settle([complete(held)])).toEqual(['settled'])
    const { lease } = held
    expect(await driver.extend([{ lease, leaseMs: 5_000 }])).toEqual(['lost'])
    const madeUp = { ...held, lease: { ...lease, token: 'made up' } }
    expect(await driver.settle([complete(madeUp)])).toEqual(['lost'])
  })

  test('one that may have been settled is not said to be lost', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const held = await claimOne(driver)
    proxy.always(({ action }) => (action === 'DeleteMessageBatch' ? 'lose the answer' : undefined))
    const unknown = { rejected: { retryable: true, outcome: 'unknown' } }
    expect(await driver.settle([complete(held)])).toMatchObject([unknown])
    proxy.clear()
    expect(await driver.extend([{ lease: held.lease, leaseMs: 5_000 }])).toEqual(['lost'])
    expect(await driver.settle([complete(held)])).toMatchObject([unknown])
    await expectNothing(driver)
  })

  test('a repeated reserve gives what its call holds', async ({ stage: { open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask(), newTask()] })
    const call = reserveCall({ max: 2 })
    const first = await driver.reserve(call)
    expect(await driver.reserve({ ...call, repeat: true })).toEqual(first)
    const [done] = first
    if (done !== undefined) await driver.settle([complete(done)])
    expect(await driver.reserve({ ...call, repeat: true })).toEqual(first.slice(1))
  })

  test('a lease is as long as its task says, in whole seconds rounded up', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open({ visibilityTimeout: '1s' })
    await driver.enqueue({ callId: callId(), tasks: [newTask({ leaseMs: 70_001 })] })
    const { lease } = await claimOne(driver)
    await driver.extend([{ lease, leaseMs: 1 }])
    const times = proxy
      .sent('ChangeMessageVisibilityBatch')
      .flatMap((request) => entriesOf(request).map(({ VisibilityTimeout }) => VisibilityTimeout))
    expect(times).toEqual([71, 1])
  })

  test('the next receive of a queue asks for leases like those that came', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    for (const _ of [1, 2]) {
      await driver.enqueue({ callId: callId(), tasks: [newTask({ leaseMs: 300_000 })] })
      await claimOne(driver)
    }
    expect(proxy.sent('ChangeMessageVisibilityBatch')).toHaveLength(1)
  })

  test('no lease is longer than SQS allows: 12 hours from the receive', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ leaseMs: 43_200_000 })] })
    const { lease } = await claimOne(driver)
    expect(await driver.extend([{ lease, leaseMs: 43_200_000 }])).toEqual(['held'])
    expect(proxy.violations).toEqual([])
  })

  test('a handler that takes longer than its lease keeps its task', async ({ stage: { open } }) => {
    const runs: number[] = []
    const slow = defineTask({
      name: 'slow',
      queue: 'work',
      visibilityTimeout: '5s',
      run: async (_: undefined, { attempt }) => {
        runs.push(attempt)
        await setTimeout(6_500)
      },
    })
    const tasq = createTasq({ driver: await open({ visibilityTimeout: '5s' }), tasks: [slow] })
    const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
    await using _other = createTasq({ driver: await open(), tasks: [slow] })
    await tasq.enqueue(slow, undefined)
    await tasq.worker({ queues: ['work'] }).start()
    await until('it has started', () => runs.length === 1)
    await _other.worker({ queues: ['work'] }).start()
    await done
    expect(runs).toEqual([1])
    await tasq.close()
  })
})
