import { SendMessageCommand } from '@aws-sdk/client-sqs'
import type { DeadLetter } from '@tasq/core/driver'
import { bury, callId, newTask, newTasks, retry } from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { claim, claimOne, expectNothing } from './support/claims.ts'
import { entriesOf } from './support/limits.ts'
import { type Stage, test } from './support/stage.ts'

describe.concurrent('dead letters', () => {
  test('what SQS moves there by itself is a letter like others, and can be sent back', async ({ stage }) => {
    const driver = await stage.open({ maxReceiveCount: 2, visibilityTimeout: '1s' })
    const task = newTask({ leaseMs: 1_000, task: 'deadly', headers: { a: 'b' } })
    await driver.enqueue({ callId: callId(), tasks: [task] })
    await claimOne(driver)
    expect(await claimOne(driver)).toMatchObject({ redeliveries: 1 })
    const letter = await firstLetter(stage)
    expect(letter).toMatchObject({
      id: task.envelope.id,
      task: 'deadly',
      reason: 'lost',
      headers: { a: 'b' },
      attempts: 0,
      policy: task.envelope.policy,
    })
    expect(await driver.deadLetters.retry({ queue: 'work', reason: 'lost' }, 10)).toBe(1)
    expect((await claimOne(driver)).envelope.headers).toEqual({ a: 'b' })
  })

  test('what others have put there is shown, and can be purged', async ({
    stage: { open, client, urls },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const QueueUrl = (await urls()).find((url) => url.endsWith('__dead'))
    const { MessageId } = await client.send(
      new SendMessageCommand({ QueueUrl, MessageBody: 'not from Tasq' }),
    )
    const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 10 })
    expect(items).toMatchObject([{ id: MessageId, reason: 'undecodable', task: 'unreadable' }])
    expect(Buffer.from(items[0]?.payload.bytes ?? []).toString()).toBe('not from Tasq')
    expect(await driver.deadLetters.purge({ queue: 'work' }, 10)).toBe(1)
    expect(await driver.deadLetters.count(['work'])).toEqual([0])
  })

  test('a letter that was stored twice is one letter, and goes as one', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    const held = await claimOne(driver)
    // SQS stores it and nobody hears of it, so it is sent again.
    proxy.next('SendMessageBatch', 'lose the answer')
    expect(await driver.settle([bury(held)])).toEqual(['settled'])
    expect(await driver.deadLetters.count(['work'])).toEqual([2])
    expect((await driver.deadLetters.peek({ queue: 'work', limit: 10 })).items).toHaveLength(1)
    expect(await driver.deadLetters.retry({ queue: 'work' }, 10)).toBe(1)
    expect(await driver.deadLetters.count(['work'])).toEqual([0])
    await claimOne(driver)
    await expectNothing(driver)
  })

  test('a letter that was to be kept no longer is not shown', async ({ stage: { open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    const [short, long] = await claim(driver, 2)
    if (short === undefined || long === undefined) return expect.fail()
    await driver.settle([bury(short, { keepMs: 1 }), bury(long)])
    const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 10 })
    expect(items.map(({ id }) => id)).toEqual([long.lease.id])
    expect(await driver.deadLetters.count(['work'])).toEqual([1])
  })

  test('a letter is kept no longer than SQS keeps messages, and says so', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    await driver.settle([bury(await claimOne(driver), { keepMs: 100 * 86_400_000 })])
    const { keptUntil, diedAt } = await firstLetter(stage)
    expect(keptUntil - diedAt).toBe(14 * 86_400_000)
  })

  test('a letter that can’t be sent back now stays where it is', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
    await driver.settle((await claim(driver, 3)).map((each) => bury(each)))
    proxy.next('SendMessageBatch', { refuse: [1], code: 'InternalError', senderFault: false })
    expect(await driver.deadLetters.retry({ queue: 'work' }, 10)).toBe(2)
    expect(await driver.deadLetters.count(['work'])).toEqual([1])
    expect(await driver.deadLetters.retry({ queue: 'work' }, 10)).toBe(1)
    await claim(driver, 3)
  })

  test('a cursor of another list is refused', async ({ stage: { open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    await driver.settle((await claim(driver, 2)).map((each) => bury(each)))
    const { cursor } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
    for (const call of [
      { queue: 'other', cursor },
      { queue: 'work', task: 'x', cursor },
      { queue: 'work', cursor: 'x' },
    ]) {
      await expect(driver.deadLetters.peek({ ...call, limit: 1 })).rejects.toMatchObject({ option: 'cursor' })
    }
  })

  test('why a task died stands beside its letter, for those who look with other tools', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ id: 'späte id' })] })
    await driver.settle([bury(await claimOne(driver), { reason: 'permanent' })])
    const [entry] = stage.proxy.sent('SendMessageBatch').flatMap(entriesOf).slice(-1)
    expect(entry?.MessageAttributes).toMatchObject({
      'tasq-id': { StringValue: 'sp%C3%A4te%20id' },
      'tasq-reason': { StringValue: 'permanent' },
    })
    expect(await firstLetter(stage)).toMatchObject({ id: 'späte id', reason: 'permanent' })
  })
})

describe.concurrent('sizes', () => {
  const bytes = new Uint8Array(777_472)
  const failures = Array.from({ length: 10 }, (_, index) => ({
    name: 'Error',
    message: 'm'.repeat(5_000),
    stack: 's'.repeat(20_000),
    attempt: index + 1,
    at: 1_767_225_600_000,
  }))

  test('what does not fit is refused before it is sent, with its size', async ({
    stage: { proxy, open },
  }) => {
    const driver = await open()
    const tasks = [newTask({ headers: { long: 'x'.repeat(20_000) }, payload: { bytes } }), newTask()]
    const answers = await driver.enqueue({ callId: callId(), tasks })
    expect(answers).toMatchObject([
      { status: 'rejected', error: { code: 'TASQ_PAYLOAD_TOO_LARGE', limit: 1_048_576, retryable: false } },
      { status: 'created' },
    ])
    expect(proxy.sent('SendMessageBatch').map((request) => entriesOf(request).length)).toEqual([1])
  })

  test('a history that grows out of its message is shortened, and the task goes on', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ payload: { bytes } })] })
    const held = await claimOne(driver)
    const history = { losses: 3, failures }
    expect(await driver.settle([retry(held, { history })])).toEqual(['settled'])
    const again = await claimOne(driver)
    expect(again.envelope.payload.bytes.length).toBe(bytes.length)
    expect(again.history).toMatchObject({ losses: 3, failures: [{ attempt: 10, message: 'm'.repeat(200) }] })
    const burial = bury(again, { failure: failures[9], history })
    expect(await driver.settle([burial])).toEqual(['settled'])
    const letter = await firstLetter(stage)
    expect(letter.payload.bytes.length).toBe(bytes.length)
    expect(letter).toMatchObject({ reason: 'exhausted', history: { losses: 3 } })
    expect(stage.proxy.violations).toEqual([])
  })

  test('a history that fits stays whole', async ({ stage: { open } }) => {
    const driver = await open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    await driver.settle([retry(await claimOne(driver), { history: { failures } })])
    expect((await claimOne(driver)).history).toEqual({ failures })
  })

  test('smaller messages carry smaller payloads', async ({ stage: { open } }) => {
    const driver = await open({ maxMessageBytes: 16_384 })
    const { maxPayloadBytes } = driver.limits
    expect(maxPayloadBytes).toBe(3_328)
    const tasks = [maxPayloadBytes, 2 * 16_384].map((size) =>
      newTask({ payload: { bytes: new Uint8Array(size) } }),
    )
    const answers = await driver.enqueue({ callId: callId(), tasks })
    expect(answers.map(({ status }) => status)).toEqual(['created', 'rejected'])
  })

  test('large tasks travel in as many batches as they fill', async ({ stage: { proxy, open } }) => {
    const driver = await open()
    const tasks = newTasks(7, { payload: { bytes: new Uint8Array(300_000) } })
    await driver.enqueue({ callId: callId(), tasks })
    const sizes = proxy.sent('SendMessageBatch').map((request) => entriesOf(request).length)
    expect(sizes.sort()).toEqual([1, 2, 2, 2]) // all at the same time, in whatever order they arrive
    expect(proxy.violations).toEqual([])
    await claim(driver, 7)
  })
})

async function firstLetter({ openDirectly }: Stage): Promise<DeadLetter> {
  const driver = await openDirectly()
  for (;;) {
    const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
    const [letter] = items
    if (letter !== undefined) return letter
    await expectNothing(driver) // SQS moves a message when somebody asks for it
  }
}
