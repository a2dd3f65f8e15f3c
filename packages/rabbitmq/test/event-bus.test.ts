import { setTimeout } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { RabbitmqDriver } from '../src/index.ts'
import { Names } from '../src/names.ts'
import { alone, opened, operator, ownServer } from './support/own-server.ts'

// Messages between processes, when connections and what is declared come and go.

const own = ownServer()

async function listen({ events }: RabbitmqDriver, channel: string) {
  const heard = { messages: [] as string[], misses: 0, stop: async () => {} }
  heard.stop = await events.subscribe(channel, {
    message: (text) => void heard.messages.push(text),
    missed: () => void heard.misses++,
  })
  return heard
}

const endConnections = () =>
  own().evaluate(
    '[rabbit_networking:close_connection(P, "test") || P <- rabbit_networking:connections()], ok.',
  )

test('after a lost connection it listens again by itself, and says that messages may have been missed', async () => {
  const options = alone(own().url)
  const [driver, other] = [await opened(options), await opened(options)]
  const [one, two] = [await listen(driver, 'one'), await listen(driver, 'two')]
  const stopped = await listen(driver, 'stopped')
  await stopped.stop()
  await endConnections()
  await expect.poll(() => [one.misses, two.misses]).toEqual([1, 1])
  await expect.poll(() => other.events.publish('one', ['again']).then(() => 'sent', String)).toBe('sent')
  await other.events.publish('two', ['again'])
  await other.events.publish('stopped', ['again'])
  await expect.poll(() => [one.messages, two.messages]).toEqual([['again'], ['again']])
  expect([stopped.messages, stopped.misses]).toEqual([[], 0])
})

test('after a restart of the server it listens again', async () => {
  const { server, url } = own()
  const driver = await opened(alone(url))
  const heard = await listen(driver, 'channel')
  await server.stop()
  await server.start()
  await expect.poll(() => heard.misses, { timeout: 30_000 }).toBe(1)
  await expect.poll(() => driver.events.publish('channel', ['again']).then(() => 'sent', String)).toBe('sent')
  await expect.poll(() => heard.messages).toEqual(['again'])
})

test('where its queue or the exchange is deleted, they are declared again', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  const heard = await listen(driver, 'channel')
  const { events } = new Names(options.exchange ?? '')
  const admin = await operator(options)
  await driver.events.publish('channel', ['before'])
  await expect.poll(() => heard.messages).toEqual(['before'])
  await admin.on((channel) => channel.deleteExchange(events))
  await expect
    .poll(async () => {
      await driver.events.publish('channel', ['after']).catch(() => undefined)
      return await admin
        .on((channel) => channel.checkExchange(events))
        .then(
          () => true,
          () => false,
        )
    })
    .toBe(true)
  // Nobody tells a listener that the exchange, and with it its binding, is gone; the next connection brings both.
  await endConnections()
  await expect.poll(() => heard.misses).toBe(1)
  await expect
    .poll(async () => {
      await driver.events.publish('channel', ['at last']).catch(() => undefined)
      return heard.messages.at(-1)
    })
    .toBe('at last')
})

test('a process that ends leaves no queue behind, and is told of nothing any more', async () => {
  const options = alone(own().url)
  const driver = await opened(options)
  const heard = await listen(driver, 'channel')
  const queues = async () =>
    (
      await own().evaluate(
        `[element(4, amqqueue:get_name(Q)) || Q <- rabbit_amqqueue:list(), string:find(element(4, amqqueue:get_name(Q)), <<"${options.exchange}.events">>) =/= nomatch].`,
      )
    ).match(/\.events\./g)?.length ?? 0
  expect(await queues()).toBe(1)
  await driver.close()
  await expect.poll(queues).toBe(0)
  await setTimeout(200)
  expect([heard.messages, heard.misses]).toEqual([[], 0])
  await expect(driver.events.publish('channel', ['late'])).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
})

test('what was sent last arrives although the driver is closed at once', async () => {
  const options = alone(own().url)
  const heard = await listen(await opened(options), 'channel')
  for (let round = 1; round <= 5; round++) {
    const driver = await opened(options)
    await driver.events.publish('channel', ['last words'])
    await driver.close()
    await expect.poll(() => heard.messages.length).toBe(round)
  }
})
