import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  type QueueAttributeName,
  SetQueueAttributesCommand,
} from '@aws-sdk/client-sqs'
import { bury, callId, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { describe, expect, inject } from 'vitest'
import { claim, claimOne } from './support/claims.ts'
import { removeQueue, type Stage, test } from './support/stage.ts'

const FORTNIGHT = 1_209_600

describe.concurrent('queues', () => {
  test('are made with all that Tasq needs', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask({ priority: 100 })] })
    expect([...(await namesOf(stage))].sort()).toEqual(['work__critical', 'work__dead'])
    const attributes = await attributesOf(stage, 'work__critical')
    expect(attributes).toMatchObject({
      MessageRetentionPeriod: String(FORTNIGHT),
      MaximumMessageSize: '1048576',
    })
    expect(JSON.parse(attributes.RedrivePolicy ?? '')).toMatchObject({
      deadLetterTargetArn: expect.stringMatching(/work__dead$/),
      maxReceiveCount: 100,
    })
    expect(await attributesOf(stage, 'work__dead')).toMatchObject({
      MessageRetentionPeriod: String(FORTNIGHT),
    })
  })

  test('that keep too little are changed', async ({ stage }) => {
    await make(stage, 'work', { MessageRetentionPeriod: '345600', MaximumMessageSize: '262144' })
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(await attributesOf(stage, 'work')).toMatchObject({
      MessageRetentionPeriod: String(FORTNIGHT),
      MaximumMessageSize: '1048576',
    })
  })

  test('that keep more than is asked for stay as they are', async ({ stage }) => {
    await make(stage, 'work', { MessageRetentionPeriod: '864000' })
    const driver = await stage.open({ retention: '2d' })
    expect(driver.limits.maxAgeMs).toBe(2 * 86_400_000)
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(await attributesOf(stage, 'work')).toMatchObject({ MessageRetentionPeriod: '864000' })
  })

  test('that keep too little are refused where none may be made', async ({ stage }) => {
    await make(stage, 'work', { MessageRetentionPeriod: '345600' })
    const refused = {
      code: 'TASQ_STORE_FAILED',
      retryable: false,
      message: expect.stringMatching(
        /work' keeps too little: MessageRetentionPeriod is 345600 instead of 1209600/,
      ),
    }
    const driver = await stage.open({ create: false })
    await expect(driver.reserve(reserveCall())).rejects.toMatchObject(refused)
    const enqueued = await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(enqueued).toMatchObject([{ status: 'rejected', error: refused }])
    const patient = await stage.open({ create: false, retention: '4d' })
    expect(await patient.enqueue({ callId: callId(), tasks: [newTask()] })).toEqual([{ status: 'created' }])
  })

  test('that are missing are named where none may be made, with what to do', async ({ stage }) => {
    const driver = await stage.open({ create: false })
    const error = {
      code: 'TASQ_STORE_FAILED',
      message: expect.stringContaining(`'${stage.prefix}work', which is that of 'work', does not exist`),
      nextStep: expect.stringContaining('create: false'),
      retryable: false,
    }
    await expect(driver.reserve(reserveCall())).rejects.toMatchObject(error)
    const enqueued = await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(enqueued).toMatchObject([{ status: 'rejected', error }])
    expect(await driver.deadLetters.count(['work'])).toEqual([0])
    expect(await driver.backlog.count(['work'])).toMatchObject([{ ready: 0, dead: 0 }])
    expect(await stage.urls()).toEqual([])
  })

  test('that were made by others are used where none may be made', async ({ stage }) => {
    await (await stage.open()).enqueue({ callId: callId(), tasks: [newTask()] })
    const driver = await stage.open({ create: false })
    await driver.settle([bury(await claimOne(driver))])
    expect(await driver.deadLetters.count(['work'])).toEqual([1])
    expect(stage.proxy.sent('CreateQueue')).toHaveLength(2)
  })

  test('that are removed while they are used are made again', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    await claimOne(driver)
    for (const url of await stage.urls()) await removeQueue(stage.client, url)
    expect(await driver.reserve(reserveCall())).toEqual([])
    const tasks = newTasks(3)
    expect(await driver.enqueue({ callId: callId(), tasks })).toEqual(
      tasks.map(() => ({ status: 'created' })),
    )
    await claim(driver, 3)
  })

  test('are found by a prefix of their URLs, without being asked for', async ({ stage }) => {
    const { endpoint } = inject('sqsAccess')
    const queueUrlPrefix = `${stage.proxy.endpoint}/000000000000`
    const driver = await stage.open({ queueUrlPrefix })
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    await claimOne(driver)
    expect(stage.proxy.sent('GetQueueUrl')).toEqual([])
    const urls = stage.proxy.sent('ReceiveMessage').map(({ input }) => input.QueueUrl)
    expect(new Set(urls)).toEqual(new Set([`${queueUrlPrefix}/${stage.prefix}work`]))
    expect(endpoint).not.toBe(stage.proxy.endpoint)
  })

  test('of different prefixes do not see each other', async ({ stage: { open, prefix } }) => {
    const [driver, other] = [await open(), await open({ queueNamePrefix: `${prefix}b-` })]
    await driver.enqueue({ callId: callId(), tasks: [newTask()] })
    expect(await other.reserve(reserveCall())).toEqual([])
    await claimOne(driver)
  })

  test('are counted and purged', async ({ stage: { open } }) => {
    const driver = await open()
    const tasks = [...newTasks(6), ...newTasks(2, { priority: 100 }), newTask({ delayMs: 60_000 })]
    await driver.enqueue({ callId: callId(), tasks })
    await claim(driver, 3)
    const [counts] = await driver.backlog.count(['work', 'none'])
    expect(counts).toEqual({ queue: 'work', ready: 5, scheduled: 1, active: 3, dead: 0, finished: undefined })
    expect(await driver.backlog.purge('work', ['ready'], 2)).toBe(2)
    expect(await driver.backlog.purge('work', ['ready'], 100)).toBe(3)
    expect(await driver.backlog.count(['work'])).toMatchObject([{ ready: 0, scheduled: 1, active: 3 }])
    for (const state of ['scheduled', 'completed', 'cancelled'] as const) {
      await expect(driver.backlog.purge('work', ['ready', state], 1)).rejects.toMatchObject({
        code: 'TASQ_UNSUPPORTED',
      })
    }
  })
})

async function make(
  { client, prefix }: Stage,
  name: string,
  Attributes: Partial<Record<QueueAttributeName, string>>,
): Promise<void> {
  const { QueueUrl } = await client.send(new CreateQueueCommand({ QueueName: prefix + name }))
  await client.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }))
}

async function namesOf({ urls, prefix }: Stage): Promise<readonly string[]> {
  return (await urls()).map((url) => url.slice(url.lastIndexOf('/') + 1 + prefix.length))
}

async function attributesOf({ client, urls }: Stage, name: string) {
  const QueueUrl = (await urls()).find((url) => url.endsWith(name))
  const { Attributes = {} } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  )
  return Attributes
}
