import { randomUUID } from 'node:crypto'
import { type RecordWrite, systemClock } from '@tasq/core/driver'
import { complete, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import type { PostgresDriver } from '../src/index.ts'
import { Notices } from '../src/notices.ts'
import { type SharedRecordParts, writeSharedRecords } from '../src/procedures/records.ts'
import { newStore, type TestStore } from './support/store.ts'

// What the conformance suite can't arrange: calls that wait for one another.

const put = (key: string, fields: Partial<RecordWrite> = {}): RecordWrite => ({
  kind: 'kind',
  key,
  value: 'value',
  version: randomUUID(),
  ...fields,
})

async function valuesOf({ coordination }: PostgresDriver): Promise<Record<string, string>> {
  const { records } = await coordination.read('kind', QUEUE)
  return Object.fromEntries(records.map(({ key, value }) => [key, value]))
}

/** Makes every write of a record wait until it is let go. */
async function holdRecord({ connect, schema }: TestStore, key: string): Promise<() => Promise<void>> {
  const user = await connect()
  await user.query('BEGIN')
  await user.query(`SELECT 1 FROM ${schema}.tasq_records WHERE key = $1 FOR UPDATE`, [key])
  return async () => void (await user.query('COMMIT'))
}

test('a repeat of a write that is under way waits for it, answers the same, and stores its tasks once', async () => {
  const store = newStore()
  const { coordination, ...driver } = await opened(store)
  await coordination.write({ scope: QUEUE, writes: [put('a')] })
  const letGo = await holdRecord(store, 'a')
  const call = { scope: QUEUE, writes: [put('a')], tasks: newTasks(2) }
  const first = coordination.write(call)
  await store.untilBlocked(1)
  const repeat = coordination.write(call)
  await store.untilBlocked(2)
  await letGo()
  expect(await Promise.all([first, repeat])).toEqual(['written', 'written'])
  expect(await driver.reserve()).toHaveLength(2)
})

test('a repeat of a write without condition leaves record and tasks as they have become', async () => {
  const driver = await newStore().open()
  const { coordination } = driver
  const call = { scope: QUEUE, writes: [put('a', { ttlMs: 60_000 })], tasks: newTasks(1) }
  const alone = { scope: QUEUE, writes: [put('b', { ttlMs: 60_000 })] }
  for (const each of [call, alone]) expect(await coordination.write(each)).toBe('written')
  const before = await coordination.read('kind')
  const held = await driver.reserve(reserveCall())
  await driver.settle(held.map((each) => complete(each)))
  for (const each of [call, alone]) expect(await coordination.write(each)).toBe('written')
  expect(await driver.reserve(reserveCall())).toEqual([])
  expect((await coordination.read('kind')).records).toEqual(before.records)
})

test('a repeat of a conditional write that is under way answers as that did', async () => {
  const store = newStore()
  const { coordination } = await opened(store)
  const before = put('a')
  await coordination.write({ scope: QUEUE, writes: [before] })
  const letGo = await holdRecord(store, 'a')
  const call = { scope: QUEUE, writes: [put('a', { ifVersion: before.version })] }
  const [first, repeat] = [coordination.write(call), coordination.write(call)]
  const other = coordination.write({
    scope: QUEUE,
    writes: [put('a', { ifVersion: before.version, value: 'other' })],
  })
  await store.untilBlocked(3)
  await letGo()
  const answers = await Promise.all([first, repeat, other])
  expect([
    ['written', 'written', 'conflict'],
    ['conflict', 'conflict', 'written'],
  ]).toContainEqual(answers)
})

test('where nothing may be there, nobody puts something there before the other records are written', async () => {
  const store = newStore()
  const { coordination, driver } = await opened(store)
  await coordination.write({ scope: QUEUE, writes: [put('z')] })
  const letGo = await holdRecord(store, 'z')
  const removal = { value: undefined, ifVersion: null }
  const first = coordination.write({
    scope: QUEUE,
    writes: [put('z', { value: 'first' }), put('a', removal)],
  })
  await store.untilBlocked(1)
  const second = coordination.write({ scope: QUEUE, writes: [put('a', { ifVersion: null })] })
  await store.untilBlocked(2)
  expect(await valuesOf(driver)).toEqual({ z: 'value' })
  await letGo()
  expect(await Promise.all([first, second])).toEqual(['written', 'written'])
  expect(await valuesOf(driver)).toEqual({ a: 'value', z: 'first' })
})

test('a write that fails while its tasks are stored leaves nothing behind', async () => {
  const store = newStore()
  const { coordination, driver } = await opened(store)
  const broken = [newTask(), newTask({ unique: { key: 'NUL \0' } })]
  await expect(coordination.write({ scope: QUEUE, writes: [put('a')], tasks: broken })).rejects.toMatchObject(
    { code: 'TASQ_STORE_FAILED' },
  )
  expect(await valuesOf(driver)).toEqual({})
  expect(await coordination.write({ scope: QUEUE, writes: [put('a')] })).toBe('written')
})

test('one write without tasks is one statement; more are made in the order of their places, in a transaction', async () => {
  const told = async () => {}
  const notices = new Notices({ clock: systemClock, tellReady: told, tellFinished: told })
  const alone: unknown[] = []
  const inside: unknown[] = []
  const parts: SharedRecordParts = {
    notices,
    run: async (_, values = []) => [[alone.push(values[2])]],
    atomic: async (work) => await work(async (_, values = []) => [[inside.push(values[2])]]),
  }
  await writeSharedRecords(parts, '', [put('b')], [])
  expect([alone, inside]).toEqual([['b'], []])
  await writeSharedRecords(parts, '', [put('c'), put('a', { ifVersion: 'v' }), put('b')], [])
  expect([alone, inside]).toEqual([['b'], ['a', 'b', 'c']])
})

async function opened(store: TestStore) {
  const driver = await store.open()
  const reserve = async () => await driver.reserve(reserveCall({ max: 10 }))
  return { driver, coordination: driver.coordination, reserve }
}
