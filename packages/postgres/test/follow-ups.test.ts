import { systemClock } from '@tasq/core/driver'
import { callId, complete, type Held, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import type { PostgresDriver } from '../src/index.ts'
import { Notices } from '../src/notices.ts'
import { settle } from '../src/procedures/settle.ts'
import endTasks from '../src/statements/end-tasks.sql'
import keepOutcomes from '../src/statements/keep-outcomes.sql'
import { newStore } from './support/store.ts'

async function hold(driver: PostgresDriver, count: number): Promise<readonly Held[]> {
  await driver.enqueue({ callId: callId(), tasks: newTasks(count) })
  return await driver.reserve(reserveCall({ max: count }))
}

test('settlements that nothing follows take the statements of their kinds, and no transaction', async () => {
  const [first, second] = await hold(await newStore().open(), 2)
  if (first === undefined || second === undefined) return expect.fail()
  const told = async () => {}
  const statements: unknown[] = []
  const parts = {
    notices: new Notices({ clock: systemClock, tellReady: told, tellFinished: told }),
    run: async (sql: string, values: readonly unknown[] = []) => {
      statements.push([sql, values.length])
      return [[1, null]]
    },
    atomic: () => expect.fail('a transaction'),
  }
  const settlements = [complete(first, { followUps: [] }), complete(second, { keepMs: 1_000 })]
  expect(await settle(parts, settlements)).toEqual(['applied', 'applied'])
  expect(statements).toEqual([
    [endTasks, 3],
    [keepOutcomes, 10],
  ])
})

test('where what follows can not be stored, the completion is not made', async () => {
  const driver = await newStore().open()
  const [plain, kept] = await hold(driver, 2)
  if (plain === undefined || kept === undefined) return expect.fail()
  const followUps = [newTask({ queue: 'after' }), newTask({ queue: 'after', unique: { key: 'NUL \0' } })]
  const broken = [complete(plain, { followUps }), complete(kept, { followUps, keepMs: 60_000 })]
  await expect(driver.settle(broken)).rejects.toMatchObject({ code: 'TASQ_STORE_FAILED', outcome: 'refused' })
  expect(await driver.reserve(reserveCall({ queue: 'after' }))).toEqual([])
  expect(await driver.results.read([{ queue: kept.lease.queue, id: kept.lease.id }])).toEqual([
    { state: 'pending' },
  ])
  expect(await driver.settle([complete(plain), complete(kept)])).toEqual(['settled', 'settled'])
})

test('more of them than one statement takes are stored as well', async () => {
  const driver = await newStore().open()
  const [held] = await hold(driver, 1)
  if (held === undefined) return expect.fail()
  const followUps = newTasks(2_500, { queue: 'after' })
  expect(await driver.settle([complete(held, { followUps })])).toEqual(['settled'])
  expect(await driver.inspection.count(['after'])).toMatchObject([{ ready: 2_500 }])
})

test('a task may follow itself under its own unique key', async () => {
  const driver = await newStore().open()
  const unique = { key: 'chain' }
  await driver.enqueue({ callId: callId(), tasks: [newTask({ unique })] })
  const [held] = await driver.reserve(reserveCall())
  if (held === undefined) return expect.fail()
  const next = newTask({ unique })
  expect(await driver.settle([complete(held, { followUps: [next] })])).toEqual(['settled'])
  const [following] = await driver.reserve(reserveCall())
  expect(following?.lease.id).toBe(next.envelope.id)
})
