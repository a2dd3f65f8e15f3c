import { CreateQueueCommand, type QueueAttributeName } from '@aws-sdk/client-sqs'
import { callId, newTask } from '@tasq/testkit/conformance'
import { describe, expect } from 'vitest'
import { sqs } from '../src/index.ts'
import type { SqsOptions } from '../src/options.ts'
import { accessOf, type Stage, test } from './support/stage.ts'

async function look(stage: Stage, options: SqsOptions = {}) {
  const driver = sqs({ ...accessOf(), queueNamePrefix: stage.prefix, ...options })
  return await driver.diagnostics.check({ queues: ['work'] })
}

async function make(
  stage: Stage,
  name: string,
  Attributes: Partial<Record<QueueAttributeName, string>> = {},
) {
  await stage.client.send(new CreateQueueCommand({ QueueName: stage.prefix + name, Attributes }))
}

describe.concurrent('what SQS says of itself', () => {
  test('with nothing there yet, which stays so', async ({ stage }) => {
    const findings = await look(stage)
    expect(findings.map(({ check, status }) => `${check}: ${status}`)).toEqual([
      'connectivity: ok',
      'credentials: ok',
      'queues: note',
    ])
    expect(findings[1]?.message).toContain('Region eu-test-1')
    expect(await stage.urls()).toEqual([])
  })

  test('with queues that Tasq has made', async ({ stage }) => {
    const driver = await stage.open()
    await driver.enqueue({ callId: callId(), tasks: [newTask(), newTask({ priority: 100 })] })
    expect(await look(stage)).toContainEqual({
      subject: 'sqs',
      check: 'queues',
      status: 'ok',
      message: expect.stringContaining("'work': 3 queues of SQS keep messages for 14 days"),
    })
  })

  test('with a queue that keeps too little and has no dead letters', async ({ stage }) => {
    await make(stage, 'work', { MessageRetentionPeriod: '345600' })
    const found = (await look(stage)).filter(({ check }) => check === 'queues')
    expect(found).toMatchObject([
      { status: 'warning', message: expect.stringContaining('345600 s only') },
      { status: 'warning', message: expect.stringContaining('no RedrivePolicy') },
    ])
    const strict = await look(stage, { create: false })
    expect(strict.filter(({ status }) => status === 'error')).toHaveLength(1)
  })

  test('without the queue, where none may be made', async ({ stage }) => {
    expect((await look(stage, { create: false })).at(-1)).toMatchObject({
      check: 'queues',
      status: 'error',
      nextStep: expect.stringContaining('README'),
    })
  })

  test('nobody there', { timeout: 30_000 }, async ({ stage }) => {
    expect(await look(stage, { endpoint: 'http://127.0.0.1:1' })).toMatchObject([
      {
        subject: 'sqs',
        check: 'connectivity',
        status: 'error',
        message: expect.stringContaining('127.0.0.1:1'),
      },
    ])
  })
})
