import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import { expect, test } from 'vitest'
import { rabbitmq } from '../src/index.ts'
import { alone, opened, ownServer, store, take } from './support/own-server.ts'

const own = ownServer({ tls: true })

const tls = () => ({ ca: readFileSync(own().certificateFile) })

test('by TLS, with the certificate that signed the server’s', async () => {
  const driver = await opened(alone(own().url, { tls: tls() }))
  await store(driver, 1)
  await take(driver, 1)
})

test('a certificate that is not trusted is refused, with what to do', async () => {
  await expect(rabbitmq(own().url).open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    nextStep: expect.stringContaining('tls.ca'),
  })
})

test('a vhost of one’s own, as a user with no more rights than the README lists', async () => {
  const { ctl, url } = own()
  await ctl('add_vhost', 'or/ders')
  await ctl('add_user', 'tasq', 'p@ss:word/100%')
  await ctl('set_permissions', '-p', 'or/ders', 'tasq', '^tasq', '^tasq', '^tasq')
  const address = url.replace('//', '//tasq:p%40ss%3Aword%2F100%25@')
  const driver = await opened({ url: `${address}/or%2Fders`, tls: tls() })
  await store(driver, 1)
  await store(driver, 1, { delayMs: 50 })
  const held = await take(driver, 2)
  await driver.settle(
    held.map(({ lease }) => ({
      kind: 'deadLetter',
      lease,
      reason: 'exhausted',
      attempts: 1,
      keepMs: 60_000,
      failure: undefined,
      history: undefined,
    })),
  )
  expect(await driver.deadLetters.count(['work'])).toEqual([2])
  expect(await driver.deadLetters.retry({ queue: 'work' }, 10)).toBe(2)
  expect(await driver.backlog.purge('work', ['ready'], 10)).toBe(2)

  const elsewhere = rabbitmq({ url: address, tls: tls(), exchange: 'other' })
  await expect(elsewhere.open()).rejects.toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: false })
  const withoutRights = rabbitmq({ url: `${address}/or%2Fders`, tls: tls(), exchange: 'other' })
  await expect(withoutRights.open()).rejects.toMatchObject({
    code: 'TASQ_STORE_READ_ONLY',
    nextStep: expect.stringContaining('README'),
  })
})

test('a wrong password, a vhost that is not there: both say so', async () => {
  const { url } = own()
  await expect(rabbitmq({ url, tls: tls(), password: 'wrong' }).open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('refuses this user or password'),
  })
  await expect(rabbitmq({ url, tls: tls(), vhost: 'nowhere' }).open()).rejects.toMatchObject({
    code: 'TASQ_STORE_UNAVAILABLE',
    retryable: false,
    message: expect.stringContaining('no vhost of that name'),
  })
})

test('a worker at rest sends its server next to nothing', async () => {
  const noop = defineTask({ name: 'noop', run: () => {} })
  await using tasq = createTasq({ driver: rabbitmq(alone(own().url, { tls: tls() })), tasks: [noop] })
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker().start()
  await tasq.enqueue(noop)
  await done
  /** Packets that the server had from its clients; each look takes about a second. */
  const received = async () => {
    const counts = await own().ctl('-q', 'list_connections', 'recv_cnt')
    return (counts.match(/^\d+$/gm) ?? []).reduce((sum, count) => sum + Number(count), 0)
  }
  const [before, since] = [await received(), performance.now()]
  await setTimeout(2_000)
  const [after, seconds] = [await received(), (performance.now() - since) / 1_000]
  expect(before).toBeGreaterThan(0)
  expect((after - before) / seconds).toBeLessThan(5)
})

test('connections have names, a producer one and a worker two', async () => {
  const names = async () => {
    const list = await own().ctl('-q', 'list_connections', 'client_properties')
    return [...list.matchAll(/"connection_name","(mine:\w+)"/g)].map(([, name]) => name).sort()
  }
  const driver = await opened(alone(own().url, { tls: tls(), connectionName: 'mine' }))
  await store(driver, 1)
  await expect.poll(names).toEqual(['mine:publish'])
  await take(driver, 1)
  await expect.poll(names).toEqual(['mine:consume', 'mine:publish'])
  await driver.close()
  await expect.poll(names).toEqual([])
})
