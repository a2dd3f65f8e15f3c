import { inspect } from 'node:util'
import type { Finding } from '@tasq/core/driver'
import { callId, newTasks } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { type RabbitmqOptions, rabbitmq } from '../src/index.ts'
import { Names } from '../src/names.ts'
import { alone, opened, operator, ownServer } from './support/own-server.ts'

const own = ownServer()

async function look(
  options: RabbitmqOptions,
  queues: readonly string[] = [],
): Promise<Readonly<Record<string, Finding>>> {
  const findings = await rabbitmq(options).diagnostics.check({ queues })
  return Object.fromEntries(findings.map((finding) => [finding.check, finding]))
}

test('a server on which nothing is declared yet stays like that', async () => {
  const options = alone(own().url)
  const found = await look(options, ['work'])
  expect(Object.keys(found)).toEqual([
    'connectivity',
    'version',
    'cluster',
    'channels',
    'exchange',
    'queues',
    'consumer-timeout',
    'alarms',
  ])
  expect(Object.values(found).filter(({ status }) => status === 'warning' || status === 'error')).toEqual([])
  expect(found['version']?.message).toMatch(/^RabbitMQ 3\.\d+/)
  const { exchange = '' } = options
  const admin = await operator(options)
  await expect(admin.on((channel) => channel.checkExchange(exchange))).rejects.toThrow('NOT_FOUND')
  await expect(admin.waiting(new Names(exchange).bandQueue('work', 'normal'))).rejects.toThrow('NOT_FOUND')
})

test('queues that are there as they should be, with what waits in them', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
  const found = await look(options, ['work'])
  expect(found['exchange']?.status).toBe('ok')
  expect(found['queues']).toMatchObject({ status: 'ok', message: expect.stringContaining('with 3 messages') })
})

test('a queue that somebody else has declared in another way', async () => {
  const options = alone(own().url)
  await opened(options)
  const name = new Names(options.exchange ?? '').bandQueue('work', 'normal')
  const admin = await operator(options)
  await admin.on((channel) => channel.assertQueue(name, { durable: true }))
  expect((await look(options, ['work']))['queues']).toMatchObject({
    status: 'error',
    message: expect.stringContaining('exists with another'),
    nextStep: expect.stringContaining('delete'),
  })
})

test('an alarm, under which it takes no messages', async () => {
  await own().ctl('set_vm_memory_high_watermark', '0')
  try {
    expect((await look(alone(own().url)))['alarms']).toMatchObject({
      status: 'error',
      message: expect.stringContaining('low on memory'),
    })
  } finally {
    await own().ctl('set_vm_memory_high_watermark', '0.4')
  }
  expect((await look(alone(own().url)))['alarms']?.status).toBe('ok')
})

test('nobody there, and a wrong password that is not shown', async () => {
  expect(await rabbitmq('amqp://127.0.0.1:1').diagnostics.check()).toMatchObject([
    {
      subject: 'rabbitmq',
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('127.0.0.1:1'),
    },
  ])
  const wrong = new URL(own().url)
  wrong.password = 'wrong-secret'
  const findings = await rabbitmq(wrong.href).diagnostics.check()
  expect(findings).toMatchObject([
    {
      check: 'connectivity',
      status: 'error',
      message: expect.stringContaining('refuses this user or password'),
    },
  ])
  expect(inspect(findings, { depth: 10 })).not.toContain('wrong-secret')
})
