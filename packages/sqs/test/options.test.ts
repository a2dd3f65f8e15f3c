import { SQSClient } from '@aws-sdk/client-sqs'
import { callId, newTask, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, vi } from 'vitest'
import { type SqsOptions, sqs } from '../src/index.ts'
import { resolveSqsOptions } from '../src/options.ts'
import { claimOne } from './support/claims.ts'
import { clientOptions } from './support/harness.ts'
import { test } from './support/stage.ts'

test.for<readonly [unknown, string]>([
  [{ queueNamePrefix: 'a.b' }, 'queueNamePrefix'],
  [{ queueNamePrefix: 'x'.repeat(37) }, 'queueNamePrefix'],
  [{ queueUrlPrefix: '123456789012/' }, 'queueUrlPrefix'],
  [{ endpoint: 'localhost:4566' }, 'endpoint'],
  [{ accessKeyId: 'a' }, 'secretAccessKey'],
  [{ secretAccessKey: 'a' }, 'accessKeyId'],
  [{ sessionToken: 'a' }, 'accessKeyId'],
  [{ credentials: async () => ({}), accessKeyId: 'a', secretAccessKey: 'b' }, 'accessKeyId'],
  [{ client: new SQSClient({}), region: 'eu-west-1' }, 'region'],
  [{ client: new SQSClient({}), credentials: {} }, 'credentials'],
  [{ fifo: { groupOf: 'user' } }, 'fifo.groupOf'],
  [{ maxMessageBytes: 16_383 }, 'maxMessageBytes'],
  [{ maxMessageBytes: 1_048_577 }, 'maxMessageBytes'],
  [{ longPoll: '21s' }, 'longPoll'],
  [{ longPoll: 'soon' }, 'longPoll'],
  [{ retention: '59s' }, 'retention'],
  [{ retention: '15d' }, 'retention'],
  [{ visibilityTimeout: 0 }, 'visibilityTimeout'],
  [{ visibilityTimeout: '13h' }, 'visibilityTimeout'],
  [{ maxReceiveCount: 0 }, 'maxReceiveCount'],
  [{ maxReceiveCount: 1_001 }, 'maxReceiveCount'],
  [{ priorityCheck: 0 }, 'priorityCheck'],
  [{ maxSockets: 0.5 }, 'maxSockets'],
  [{ answerTimeout: -1 }, 'answerTimeout'],
])('an impossible option is named: %o', ([options, option]) => {
  expect(() => sqs(options as SqsOptions)).toThrow(
    expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option }),
  )
})

test.for<readonly [options: unknown, option: string, instead: RegExp]>([
  [{ queueUrl: 'https://sqs.eu-west-1.amazonaws.com/1/jobs' }, 'queueUrl', /the option queueUrlPrefix/],
  [{ prefix: 'shop-' }, 'prefix', /the option queueNamePrefix/],
  [{ maxMessages: 10 }, 'maxMessages', /one of these options: region/],
  [new SQSClient({}), 'client', /sqs\(\{ client \}\) instead of sqs\(client\)/],
])('what is no option of this driver is refused, and it says what is: %#', ([options, option, instead]) => {
  expect(() => sqs(options as SqsOptions)).toThrow(
    expect.objectContaining({
      code: 'TASQ_INVALID_OPTION',
      option,
      message: expect.stringMatching(instead),
    }),
  )
})

test('an error about credentials shows no secret', () => {
  for (const options of [{ secretAccessKey: 'hidden' }, { sessionToken: 'hidden' }]) {
    expect(() => sqs(options)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('hidden') }),
    )
  }
})

test('a prefix of URLs tells the region and the endpoint', () => {
  const queueUrlPrefix = 'https://sqs.us-west-2.amazonaws.com/123456789012'
  expect(resolveSqsOptions({ queueUrlPrefix })).toMatchObject({
    queueUrlPrefix: `${queueUrlPrefix}/`,
    region: 'us-west-2',
    endpoint: 'https://sqs.us-west-2.amazonaws.com',
  })
  expect(resolveSqsOptions({ queueUrlPrefix, region: 'eu-west-1', endpoint: 'http://here' })).toMatchObject({
    region: 'eu-west-1',
    endpoint: 'http://here',
  })
})

test('the defaults are those of the documentation', () => {
  expect(resolveSqsOptions()).toMatchObject({
    queueNamePrefix: 'tasq-',
    create: true,
    fifo: undefined,
    maxMessageBytes: 1_048_576,
    longPollSeconds: 20,
    retentionSeconds: 1_209_600,
    visibilityTimeoutMs: 30_000,
    maxReceiveCount: 100,
    priorityCheckMs: 5_000,
    maxSockets: 100,
    answerTimeoutMs: 10_000,
    longestDelaySeconds: 900,
    region: undefined,
    credentials: undefined,
  })
})

test('a client of the user’s is used, and not destroyed', async ({ stage: { prefix } }) => {
  const client = new SQSClient(clientOptions())
  const destroy = vi.spyOn(client, 'destroy')
  const driver = sqs({ client, queueNamePrefix: prefix })
  await driver.open()
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  await claimOne(driver)
  await driver.close()
  expect(destroy).not.toHaveBeenCalled()
  client.destroy()
})

test('credentials may come from a function, or from the environment', async ({ stage: { prefix } }) => {
  const { endpoint } = inject('sqsAccess')
  const credentials = vi.fn(async () => ({ accessKeyId: 'from', secretAccessKey: 'function' }))
  const driver = sqs({ endpoint, region: 'eu-test-1', credentials, queueNamePrefix: prefix })
  await driver.open()
  await driver.close()
  expect(credentials).toHaveBeenCalled()

  vi.stubEnv('AWS_ACCESS_KEY_ID', 'from')
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'environment')
  vi.stubEnv('AWS_REGION', 'eu-test-1')
  const other = sqs({ endpoint, queueNamePrefix: prefix })
  await other.open()
  expect(await other.reserve(reserveCall())).toEqual([])
  await other.close()
  vi.unstubAllEnvs()
})
