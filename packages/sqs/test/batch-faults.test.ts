import {
  bury,
  callId,
  complete,
  newTask,
  newTasks,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { claim, claimOne, expectNothing, idsOf } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { test } from './support/stage.ts'

const created = { status: 'created' }
const FOR_GOOD = { code: 'InvalidMessageContents', senderFault: true }
const FOR_NOW = { code: 'InternalError', senderFault: false }
const STALE = { code: 'ReceiptHandleIsInvalid', senderFault: true }

describe.concurrent('one entry of a batch is refused', () => {
  test('of a send: its task is rejected, the others are stored', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    proxy.next('SendMessageBatch', { refuse: [1], ...FOR_GOOD })
    const tasks = newTasks(3)
    const answers = await driver.enqueue({ callId: callId(), tasks })
    expect(answers).toMatchObject([
      created,
      { status: 'rejected', error: { code: 'TASQ_STORE_FAILED', retryable: false, outcome: 'refused' } },
      created,
    ])
    const ids = tasks.map(({ envelope }) => envelope.id)
    expect([...idsOf(await claim(driver, 2))].sort()).toEqual([ids[0], ids[2]].sort())
    await expectNothing(driver)
  })

  test('of a send, for now: the call may be repeated, and then sends only what is missing', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    proxy.next('SendMessageBatch', { refuse: [0, 2], ...FOR_NOW })
    const call = { callId: callId(), tasks: newTasks(5) }
    await expect(driver.enqueue(call)).rejects.toMatchObject({
      code: 'TASQ_STORE_UNAVAILABLE',
      retryable: true,
    })
    expect(await driver.enqueue(call)).toEqual(call.tasks.map(() => created))
    expect(await driver.enqueue(call)).toEqual(call.tasks.map(() => created))
    expect(proxy.sent('SendMessageBatch').map((request) => entriesOf(request).length)).toEqual([5, 2])
    expect(new Set(idsOf(await claim(driver, 5))).size).toBe(5)
    await expectNothing(driver)
  })

  test('of a deletion: it is answered so, and can be repeated; the others are settled', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
    const held = await claim(driver, 3)
    proxy.next('DeleteMessageBatch', { refuse: [2], ...FOR_NOW })
    const settlements = held.map((each) => complete(each))
    expect(await driver.settle(settlements)).toMatchObject([
      'settled',
      'settled',
      { rejected: { retryable: true } },
    ])
    expect(await driver.settle(settlements)).toEqual(['settled', 'settled', 'settled'])
    expect(proxy.sent('DeleteMessageBatch').map((request) => entriesOf(request).length)).toEqual([3, 1])
  })

  test('of a deletion, since its handle is outdated: that lease is lost', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    const held = await claim(driver, 2)
    proxy.next('DeleteMessageBatch', { refuse: [0], ...STALE })
    expect(await driver.settle(held.map((each) => complete(each)))).toEqual(['lost', 'settled'])
  })

  test('of a renewal, since its handle is outdated: that lease is lost, the others are held', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
    const extensions = (await claim(driver, 3)).map(({ lease }) => ({ lease, leaseMs: 30_000 }))
    proxy.next('ChangeMessageVisibilityBatch', { refuse: [1], ...STALE })
    expect(await driver.extend(extensions)).toEqual(['held', 'lost', 'held'])
    expect(await driver.extend(extensions)).toEqual(['held', 'lost', 'held'])
  })

  test('of a renewal, for now: the call rejects and may be repeated', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    const extensions = (await claim(driver, 2)).map(({ lease }) => ({ lease, leaseMs: 30_000 }))
    proxy.next('ChangeMessageVisibilityBatch', { refuse: [1], ...FOR_NOW })
    await expect(driver.extend(extensions)).rejects.toMatchObject({ retryable: true })
    expect(await driver.extend(extensions)).toEqual(['held', 'held'])
  })

  test('of the renewal that gives a long lease its length: the task is not handed out, and comes again', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open({ visibilityTimeout: '1s' })
    await driver.enqueue({ callId: callId(), tasks: [newTask({ leaseMs: 60_000 })] })
    proxy.next('ChangeMessageVisibilityBatch', { refuse: [0], ...STALE })
    expect(await driver.reserve(reserveCall())).toEqual([])
    expect(await claimOne(driver)).toMatchObject({ attempt: 1, redeliveries: 1 })
  })

  test('of the letters: that task is answered so and stays held, the others are buried', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    const held = await claim(driver, 2)
    proxy.next('SendMessageBatch', { refuse: [0], ...FOR_NOW })
    const burials = held.map((each) => bury(each))
    expect(await driver.settle(burials)).toMatchObject([{ rejected: { retryable: true } }, 'settled'])
    expect(await driver.deadLetters.count(['work'])).toEqual([1])
    expect(await driver.settle(burials)).toEqual(['settled', 'settled'])
    expect(await driver.deadLetters.count(['work'])).toEqual([2])
  })
})

test('a batch that is refused as a whole does not lose its good entries', async ({
  stage: { proxy, open },
}) => {
  const driver = await open()
  const tasks = newTasks(4)
  const bad = tasks[2]?.envelope.id
  proxy.always((request) => {
    const isBad = entriesOf(request).some(
      ({ MessageAttributes }) => MessageAttributes?.['tasq-id']?.StringValue === bad,
    )
    return isBad ? { status: 400, error: 'InvalidParameterValue' } : undefined
  })
  const answers = await driver.enqueue({ callId: callId(), tasks })
  expect(answers.map(({ status }) => status)).toEqual(['created', 'created', 'rejected', 'created'])
  expect(await claim(driver, 3)).toHaveLength(3)
})

test.concurrent.for(['retry', 'release', 'bury'] as const)(
  'a %s whose deletion fails after it was stored is not stored again',
  async (kind, { stage: { proxy, open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const held = await claimOne(driver)
    const settlement = { retry, release, bury }[kind](held)
    const before = proxy.sent('SendMessageBatch').length
    proxy.next('DeleteMessageBatch', { refuse: [0], ...FOR_NOW })
    expect(await driver.settle([settlement])).toMatchObject([{ rejected: { retryable: true } }])
    expect(await driver.settle([settlement])).toEqual(['settled'])
    expect(proxy.sent('SendMessageBatch').length - before).toBe(1)
    if (kind === 'bury') expect(await driver.deadLetters.count(['work'])).toEqual([1])
    else await claimOne(driver)
    await expectNothing(driver)
  },
)

test('a settlement that is repeated while it is under way is written once', async ({
  stage: { proxy, open },
}) => {
  const driver = await open()
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  const settlement = retry(await claimOne(driver))
  const before = proxy.sent('SendMessageBatch').length
  expect(await Promise.all([driver.settle([settlement]), driver.settle([settlement])])).toEqual([
    ['settled'],
    ['settled'],
  ])
  expect(proxy.sent('SendMessageBatch').length - before).toBe(1)
})
