import { newTask, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, onTestFinished, test } from 'vitest'
import { type RedisDriver, redis } from '../src/index.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

async function listen(driver: RedisDriver, channel = 'events') {
  const heard: string[] = []
  const stop = await driver.events.subscribe(channel, {
    message: (text) => void heard.push(text),
    missed: () => void heard.push('(missed)'),
  })
  return { heard, stop }
}

test('who listens is told that messages were missed while the connection was lost, and hears the next ones', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const [driver, other] = [await opened({ url }), await opened({ url })]
  const first = await listen(driver)
  const second = await listen(driver, 'others')
  await client.call('client', 'kill', 'type', 'pubsub')
  await expect.poll(() => [first.heard, second.heard]).toEqual([['(missed)'], ['(missed)']])
  await other.events.publish('events', ['hello'])
  await expect.poll(() => first.heard).toEqual(['(missed)', 'hello'])
  expect(second.heard).toEqual(['(missed)'])
})

test('a channel that is new on the connection has missed nothing', async () => {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const driver = await opened(options)
  const first = await listen(driver)
  await listen(driver, 'another')
  await driver.events.publish('events', ['hello'])
  await expect.poll(() => first.heard).toEqual(['hello'])
})

test('a subscription that begins while the connection is away begins when it is back', async () => {
  const { url, server } = await ownServer()
  const driver = await opened({ url })
  await listen(driver)
  await server.kill()
  const listening = listen(driver, 'late')
  await server.start()
  const { heard } = await listening
  await expect.poll(() => driver.events.publish('late', ['hello']).catch(() => false)).toBeUndefined()
  await expect.poll(() => heard.at(-1)).toBe('hello')
})

test('the channel is given up with the last who listens, and with the driver', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const driver = await opened({ url })
  const channels = () => client.pubsub('CHANNELS', 'tasq:events/*')
  const [first, second] = [await listen(driver), await listen(driver)]
  await first.stop()
  expect(await channels()).toEqual(['tasq:events/events'])
  await second.stop()
  await expect.poll(channels).toEqual([])
  await listen(driver)
  await driver.close()
  await expect.poll(channels).toEqual([])
  await expect(driver.events.publish('events', [''])).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
})

test('who may not listen is told so', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  await client.call(
    'acl',
    'setuser',
    'mute',
    'on',
    '>secret',
    '~*',
    '+@all',
    'resetchannels',
    '&tasq:finished',
  )
  const driver = redis({ url, username: 'mute', password: 'secret' })
  onTestFinished(() => driver.close())
  await driver.open()
  const warned: string[] = []
  const note = (warning: Error) => void warned.push(warning.name)
  process.on('warning', note)
  onTestFinished(() => void process.off('warning', note))
  await expect(listen(driver)).rejects.toMatchObject({ code: 'TASQ_STORE_READ_ONLY', retryable: false })
  await driver.enqueue({ callId: 'muted.1', tasks: [newTask()] })
  expect(await driver.reserve(reserveCall({ queue: QUEUE }))).toHaveLength(1)
})
