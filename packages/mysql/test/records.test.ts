import { randomUUID } from 'node:crypto'
import type { RecordWrite } from '@tasq/core/driver'
import { newTasks } from '@tasq/testkit/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { type MysqlDriver, mysql } from '../src/index.ts'
import { administer, connectAsUser, lockWait, temporaryDatabase } from './support/database.ts'

const KIND = 'counter'
const LONG_AGO = 1

/** Drivers on one database, as in processes of their own. */
async function openDrivers(count: number) {
  const url = await temporaryDatabase()
  const drivers = Array.from({ length: count }, () => mysql({ url, maxPoolSize: 3 }))
  for (const driver of drivers) await driver.open()
  onTestFinished(async () => void (await Promise.all(drivers.map((driver) => driver.close()))))
  const [driver = expect.unreachable()] = drivers
  return { url, drivers, driver }
}

function put(key: string, value: string, fields: Partial<RecordWrite> = {}): RecordWrite {
  return { kind: KIND, key, value, version: randomUUID(), ...fields }
}

/** Adds one to both records, in this order, from what they have become, until it has done so. */
async function count({ coordination }: MysqlDriver, keys: readonly string[]): Promise<void> {
  for (;;) {
    const { records } = await coordination.read(KIND, 'work')
    const writes = keys.map((key) => {
      const record = records.find((each) => each.key === key)
      return put(key, String(Number(record?.value ?? 0) + 1), { ifVersion: record?.version ?? null })
    })
    const tasks = newTasks(1, { queue: 'work' })
    if ((await coordination.write({ scope: 'work', writes, tasks })) === 'written') return
  }
}

test('of changes of several records at once, in whatever order, none is lost and none is made by half', async () => {
  const { drivers, driver } = await openDrivers(4)
  const orders = [
    ['a', 'b'],
    ['b', 'a'],
    ['c', 'a'],
    ['b', 'c'],
  ]
  await Promise.all(
    drivers.map(async (each, index) => {
      for (let round = 0; round < 15; round++) await count(each, orders[index] ?? expect.unreachable())
    }),
  )
  const { records } = await driver.coordination.read(KIND)
  const values = Object.fromEntries(records.map(({ key, value }) => [key, value]))
  expect(values).toEqual({ a: '45', b: '45', c: '30' })
  expect((await driver.inspection.count(['work']))[0]?.ready).toBe(60)
})

test('that a record is not there holds until the end, also where nothing is put in its place', async () => {
  const { drivers } = await openDrivers(2)
  const [one = expect.unreachable(), other = expect.unreachable()] = drivers
  for (let round = 0; round < 20; round++) {
    const [a, b] = [`a${round}`, `b${round}`]
    const absent = (key: string) => ({ ...put(key, ''), value: undefined, ifVersion: null })
    const answers = await Promise.all([
      one.coordination.write({ scope: '', writes: [absent(a), put(b, '1', { ifVersion: null })] }),
      other.coordination.write({ scope: '', writes: [put(a, '1', { ifVersion: null }), absent(b)] }),
    ])
    expect(answers.toSorted()).toEqual(['conflict', 'written'])
  }
  const { records } = await one.coordination.read(KIND)
  expect(records).toHaveLength(20)
})

test('a record that has ended is replaced while others trim it', async () => {
  const { url, drivers, driver } = await openDrivers(3)
  const database = new URL(url).pathname.slice(1)
  for (let round = 0; round < 10; round++) {
    await driver.coordination.write({ scope: '', writes: [put('a', 'old', { ttlMs: 60_000 })] })
    await administer(`UPDATE ${database}.tasq_records SET expires_at = ${LONG_AGO}`)
    const [answer] = await Promise.all([
      driver.coordination.write({ scope: '', writes: [put('a', 'new', { ifVersion: null })] }),
      ...drivers.map((each) => each.retention.trim(10)),
    ])
    expect(answer).toBe('written')
    const { records } = await driver.coordination.read(KIND)
    expect(records.map(({ value }) => value)).toEqual(['new'])
    await driver.coordination.write({ scope: '', writes: [{ ...put('a', ''), value: undefined }] })
  }
})

test('whoever meets a record that is just being made waits, and then finds it', async () => {
  const { url, driver } = await openDrivers(1)
  const connection = await connectAsUser(url)
  await connection.beginTransaction()
  await connection.query(
    "INSERT INTO tasq_records (kind, scope, record_key, value, version) VALUES ('counter', '', 'a', 'theirs', 'v1')",
  )
  const answer = driver.coordination.write({ scope: '', writes: [put('a', 'mine', { ifVersion: null })] })
  await lockWait()
  await connection.commit()
  expect(await answer).toBe('conflict')
  expect((await driver.coordination.read(KIND)).records[0]?.value).toBe('theirs')
})
