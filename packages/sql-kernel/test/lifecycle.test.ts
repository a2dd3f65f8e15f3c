import type { Driver } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import type { SqlDriver } from '../src/sql-driver.ts'
import { driverOn, openDriverOn } from './support/driver.ts'

test('its name and its limits are those of the dialect', () => {
  const { driver } = driverOn({})
  expect(driver.name).toBe('test')
  expect(driver.limits).toMatchObject({ maxBatch: 10, fence: 'token' })
})

test('opening and closing again changes nothing', async () => {
  const { driver, calls } = driverOn({})
  await driver.close()
  await driver.open()
  await driver.open()
  await driver.close()
  await driver.close()
  expect(calls).toEqual([['open'], ['close']])
})

test('it may be opened again after it was closed', async () => {
  const { driver, calls } = await openDriverOn({ queues: async () => ['a'] })
  await driver.close()
  await driver.open()
  expect(await driver.inspection.queues()).toEqual(['a'])
  expect(calls).toEqual([['close'], ['open'], ['queues']])
})

test('one that could not be opened stays closed, and may be tried again', async () => {
  let failures = 1
  const { driver } = driverOn({
    open: async () => {
      if (failures-- > 0) throw new Error('no such host')
    },
    queues: async () => [],
  })
  await expect(driver.open()).rejects.toThrow('no such host')
  await expect(driver.inspection.queues()).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  await driver.open()
  expect(await driver.inspection.queues()).toEqual([])
})

test('events are a facet where the database has them, and only while it is open', async () => {
  expect(driverOn({}).driver.events).toBeUndefined()
  const published: string[] = []
  const { driver } = driverOn({}, undefined, {
    maxBytes: 9,
    publish: async (channel, messages) => void published.push(String(channel), ...messages),
    subscribe: async () => async () => {},
  })
  expect(driver.events?.maxBytes).toBe(9)
  await expect(driver.events?.publish('a', ['b'])).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  const listener = { message: () => {}, missed: () => {} }
  await expect(driver.events?.subscribe('a', listener)).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  await driver.open()
  await driver.events?.publish('a', ['b'])
  expect(published).toEqual(['a', 'b'])
})

const ref = { queue: 'a', id: '1' }
const reserveCall = { callId: 'c', queues: [{ name: 'a', max: 1 }], max: 1, waitMs: 0 }

const operations: Readonly<Record<string, (driver: SqlDriver<object>) => Promise<unknown>>> = {
  enqueue: (driver) => driver.enqueue({ callId: 'c', tasks: [] }),
  reserve: (driver) => driver.reserve({ ...reserveCall, repeat: false }),
  'a repeated reserve': (driver) => driver.reserve({ ...reserveCall, repeat: true }),
  extend: (driver) => driver.extend([]),
  settle: (driver) => driver.settle([]),
  admit: (driver) => driver.ledger.admit({ token: 't', tasks: [] }),
  recover: (driver) => driver.recovery.recover({ callId: 'c', max: 1, leaseMs: 1 }),
  'results.read': (driver) => driver.results.read([ref]),
  'results.watch': (driver) => driver.results.watch(() => {}),
  queues: (driver) => driver.inspection.queues(),
  count: (driver) => driver.inspection.count(['a']),
  get: (driver) => driver.inspection.get([ref]),
  find: (driver) => driver.inspection.find({ queue: 'a', state: 'ready', limit: 1 }),
  cancel: (driver) => driver.inspection.cancel([{ ref }]),
  cancelRequests: (driver) => driver.inspection.cancelRequests(['a']),
  reschedule: (driver) => driver.inspection.reschedule(ref, { delayMs: 0 }),
  remove: (driver) => driver.inspection.remove(ref),
  purge: (driver) => driver.inspection.purge('a', ['ready'], 1),
  'deadLetters.count': (driver) => driver.deadLetters.count(['a']),
  'deadLetters.peek': (driver) => driver.deadLetters.peek({ queue: 'a', limit: 1 }),
  'deadLetters.retry': (driver) => driver.deadLetters.retry({ queue: 'a' }, 1),
  'deadLetters.purge': (driver) => driver.deadLetters.purge({ queue: 'a' }, 1),
  trim: (driver) => driver.retention.trim(1),
}

describe('while it is closed, the dialect is not asked and the error says why, by', () => {
  test.each(Object.entries(operations))('%s', async (_, operation) => {
    const { driver, calls } = driverOn({})
    await expect(operation(driver)).rejects.toMatchObject({
      code: 'TASQ_CLOSED',
      message: expect.stringContaining("'test'"),
    })
    expect(calls).toEqual([])
  })
})

test('its schema can be looked at and brought up to date before it is open', async () => {
  const { driver, calls } = driverOn({})
  expect(await driver.migrations.pending()).toEqual(['0001'])
  expect(await driver.migrations.apply()).toEqual(['0001'])
  expect(calls).toEqual([])
})

test('it has every facet that an SQL database can have', () => {
  const driver: Driver = driverOn({}).driver
  const facets = [
    'recovery',
    'results',
    'inspection',
    'ledger',
    'transactions',
    'migrations',
    'retention',
  ] as const
  expect(facets.filter((facet) => driver[facet] === undefined)).toEqual([])
})
