import { callId, newTask, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, onTestFinished, test } from 'vitest'
import type { PostgresDriver, PostgresOptions } from '../src/index.ts'
import { asUser } from './support/schemas.ts'
import { newStore } from './support/store.ts'

const url = inject('postgresUrl')

function bus({ events }: PostgresDriver) {
  return events ?? expect.fail('no events')
}

async function listen(driver: PostgresDriver, channel: string) {
  const heard: string[] = []
  const stop = await bus(driver).subscribe(channel, {
    message: (text) => void heard.push(text),
    missed: () => void heard.push('(missed)'),
  })
  return { heard, stop }
}

/** Connections of a store's drivers that listen, and to how many channels. */
async function listening(name: string): Promise<readonly { pid: number; channels: number }[]> {
  const { rows } = await asUser(url, (user) =>
    user.query(
      "SELECT pid, query FROM pg_stat_activity WHERE application_name = $1 AND query LIKE 'LISTEN%'",
      [name],
    ),
  )
  return rows.map(({ pid, query }) => ({ pid, channels: query.match(/(?<!UN)LISTEN/g).length }))
}

test('what is the same arrives as often as it was sent, whatever it is made of', async () => {
  const driver = await newStore().open()
  const { heard } = await listen(driver, 'channel "with" \'everything\'; 🐢')
  const messages = ['twice', 'twice', '', '', ' 1:2 ', '🐢\u{1F600}\uFFFF\u0001\r\n\\x00', 'ü'.repeat(3_990)]
  await bus(driver).publish('channel "with" \'everything\'; 🐢', messages)
  await expect.poll(() => heard.length).toBe(messages.length)
  expect(heard).toEqual(messages)
})

test('the largest message is as large as it says, and what NOTIFY can not carry is refused', async () => {
  const driver = await newStore().open()
  const { publish, maxBytes } = bus(driver)
  const { heard } = await listen(driver, 'large')
  const largest = Array.from({ length: 1_001 }, (_, index) => `${index}`.padEnd(maxBytes, '.'))
  await publish('large', largest)
  await expect.poll(() => heard.length).toBe(largest.length)
  expect(heard).toEqual(largest)
  for (const message of ['x'.repeat(8_000), 'NUL \0']) {
    const refused = { code: 'TASQ_STORE_FAILED', outcome: 'refused' }
    await expect(publish('large', ['before', message])).rejects.toMatchObject(refused)
  }
  await publish('large', ['last'])
  await expect.poll(() => heard.at(-1)).toBe('last')
  expect(heard).toHaveLength(largest.length + 1)
})

test('whoever listens hears that something may have been missed, and what comes then', async () => {
  const store = newStore()
  const driver = await store.open()
  const publisher = await store.open({ applicationName: 'publisher' })
  const first = await listen(driver, 'one')
  const second = await listen(driver, 'two')
  expect(first.heard).toEqual([])
  const [connection] = await listening(store.schema)
  await asUser(url, (user) => user.query('SELECT pg_terminate_backend($1)', [connection?.pid]))
  await expect.poll(() => [first.heard, second.heard]).toEqual([['(missed)'], ['(missed)']])
  await bus(publisher).publish('one', ['again'])
  await expect.poll(() => first.heard).toEqual(['(missed)', 'again'])
})

test('it uses the connection that listens for work, and only while somebody wants it', async () => {
  const store = newStore()
  const driver = await store.open()
  const over = new AbortController()
  const waiting = driver.reserve(reserveCall({ waitMs: 60_000, signal: over.signal }))
  await expect.poll(() => listening(store.schema)).toMatchObject([{ channels: 2 }])
  const one = await listen(driver, 'one')
  const same = await listen(driver, 'one')
  const two = await listen(driver, 'two')
  expect(await listening(store.schema)).toMatchObject([{ channels: 4 }])
  await one.stop()
  await two.stop()
  await expect.poll(() => listening(store.schema)).toMatchObject([{ channels: 3 }])
  await same.stop()
  await expect.poll(() => listening(store.schema)).toMatchObject([{ channels: 2 }])
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  expect(await waiting).toHaveLength(1)
})

test('a driver that is closed lets go of those who listen, and of those who wait until they do', async () => {
  const store = newStore()
  const driver = await store.open()
  const { heard, stop } = await listen(driver, 'one')
  await driver.close()
  await expect.poll(() => listening(store.schema)).toEqual([])
  await expect(listen(driver, 'one')).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  await expect(bus(driver).publish('one', ['nobody'])).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  await driver.open()
  const again = await listen(driver, 'one')
  await bus(driver).publish('one', ['hello'])
  await expect.poll(() => again.heard).toEqual(['hello'])
  expect(heard).toEqual([])
  await stop()
  await bus(driver).publish('one', ['still there'])
  await expect.poll(() => again.heard).toEqual(['hello', 'still there'])
})

test('one who waits for a server that can not be reached is told when the driver closes', async () => {
  const nowhere = 'postgresql://localhost:1/nothing'
  const driver = await newStore().open({ listen: nowhere })
  const waiting = listen(driver, 'one')
  const failed = expect(waiting).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  await driver.close()
  await failed
})

test.each<{ name: string; options: (url: string) => PostgresOptions }>([
  { name: 'past a pooler', options: (direct) => ({ preparedStatements: false, listen: direct }) },
  { name: 'without prepared statements', options: () => ({ preparedStatements: false }) },
])('it works $name', async ({ options }) => {
  const driver = await newStore().open(options(url))
  onTestFinished(() => driver.close())
  const { heard } = await listen(driver, 'one')
  await bus(driver).publish('one', ['hello'])
  await expect.poll(() => heard).toEqual(['hello'])
})

test('where nothing listens there are no events', async () => {
  expect(newStore().driver({ listen: false }).events).toBeUndefined()
})
