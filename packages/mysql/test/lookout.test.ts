import { createTasq, defineTask } from '@tasq/core'
import { expect, onTestFinished, test } from 'vitest'
import { mysql } from '../src/index.ts'
import { namesInStatements } from '../src/names.ts'
import { resolveMysqlOptions } from '../src/options.ts'
import { Lookout } from '../src/procedures/lookout.ts'
import { LowWater } from '../src/procedures/low-water.ts'
import { MysqlSession } from '../src/session.ts'
import { sqlFor } from '../src/sql.ts'
import { connectAsUser, temporaryDatabase } from './support/database.ts'

const NOW = 1_800_000_000_000
const sql = sqlFor(
  namesInStatements({ database: undefined, queueTablePrefix: 't_', deadLetterTable: 'dead' }),
)

type Row = readonly unknown[]
const results = (...rows: readonly Row[]) => [{ rows, affected: 0 }]
/** The last row of a wide look. */
const took = (ms: number): Row => [null, 0, ms, NOW]

test('a look shows the levels that have ready tasks, in the order of the queues, the most urgent first', () => {
  const lookout = new Lookout()
  const look = lookout.plan(sql, [{ name: 'b' }, { name: 'a' }])
  expect(look.statements).toHaveLength(1)
  const outlook = lookout.see(
    look,
    results(
      ['a', 127, -5, NOW],
      ['b', 127, 0, NOW],
      ['b', 27, -1, NOW],
      ['b', 3, 700, NOW],
      ['a', 5, 900, NOW],
      took(0),
    ),
  )
  expect(outlook.levels).toMatchObject([
    { queue: 'b', urgency: 27 },
    { queue: 'b', urgency: 127 },
    { queue: 'a', urgency: 127 },
  ])
  expect(outlook.nextDueInMs).toBe(700)
})

test('of a queue whose priorities are asked for in part, only their levels are shown, in the order of the shares', () => {
  const lookout = new Lookout()
  const lazy = { name: 'a', priorities: { lowest: -128, highest: -26 } }
  const urgent = { name: 'a', priorities: { lowest: 75, highest: 127 } }
  const rows = [
    ['a', 0, -1, NOW],
    ['a', 52, -2, NOW],
    ['a', 53, -9, NOW],
    ['a', 102, 300, NOW],
    ['a', 152, -9, NOW],
    ['a', 153, -3, NOW],
    ['a', 200, 800, NOW],
    ['a', 255, -4, NOW],
    took(0),
  ]
  const outlook = lookout.see(lookout.plan(sql, [lazy, urgent]), results(...rows))
  expect(outlook.levels).toMatchObject([
    { urgency: 153, share: 0 },
    { urgency: 255, share: 0 },
    { urgency: 0, share: 1 },
    { urgency: 52, share: 1 },
  ])
  expect(outlook.nextDueInMs).toBe(800) // of a level that was asked for
})

test('a level that several shares may have is shown once, for the first of them', () => {
  const lookout = new Lookout()
  const urgent = { name: 'a', priorities: { lowest: 75, highest: 127 } }
  const outlook = lookout.see(
    lookout.plan(sql, [urgent, { name: 'a' }]),
    results(['a', 0, 0, NOW], ['a', 127, 0, NOW], took(0)),
  )
  expect(outlook.levels).toMatchObject([
    { urgency: 0, share: 0 },
    { urgency: 127, share: 1 },
  ])
})

test('after a slow look only levels that are asked for are looked at', () => {
  const lookout = new Lookout()
  lookout.see(lookout.plan(sql, [{ name: 'a' }]), results(['a', 127, -1, NOW], ['a', 27, -1, NOW], took(200)))
  const narrow = lookout.plan(sql, [{ name: 'a', priorities: { lowest: 75, highest: 127 } }])
  expect(narrow.statements).toHaveLength(1)
  expect(narrow.statements[0]).toContain('urgency = 27')
})

test('while looks are quick, each reads the whole lists', () => {
  const lookout = new Lookout()
  for (let round = 0; round < 3; round++) {
    const look = lookout.plan(sql, [{ name: 'a' }])
    expect(look.isWide).toBe(true)
    lookout.see(look, results(['a', 127, -5, NOW], took(1)))
  }
  expect(lookout.conditionOf({ queue: 'a', urgency: 127 })).toBeUndefined()
})

test('after a slow look the known levels are looked at from where they were found', () => {
  const lookout = new Lookout()
  lookout.see(
    lookout.plan(sql, [{ name: 'a' }]),
    results(['a', 127, -90_000, NOW], ['a', 27, 50, NOW], took(200)),
  )
  const narrow = lookout.plan(sql, [{ name: 'a' }, { name: 'b' }])
  expect(narrow.isWide).toBe(false)
  expect(narrow.statements.join('\n')).toContain(`ready_at >= ${NOW - 90_000}`)
  expect(narrow.statements.join('\n')).toContain(`ready_at >= ${NOW - 2_000}`) // what is stored late is not passed over
  expect(lookout.conditionOf({ queue: 'a', urgency: 127 })).toBe(`w.ready_at >= ${NOW - 90_000}`)
  const outlook = lookout.see(narrow, results(['a', 127, -10, NOW + 5], ['a', 27, null, NOW + 5]))
  expect(outlook).toMatchObject({ levels: [{ queue: 'a', urgency: 127 }], nextDueInMs: null })
  expect(lookout.plan(sql, [{ name: 'b' }]).statements).toEqual([])
})

test('a level that this process stores tasks of is looked at too', () => {
  const lookout = new Lookout()
  const stored = { queue: 'b', urgency: 27 }
  lookout.expect(() => [stored])
  expect(lookout.conditionOf(stored)).toBeUndefined()
  lookout.see(lookout.plan(sql, [{ name: 'b' }]), results(took(200)))
  lookout.expect(() => [stored])
  expect(lookout.plan(sql, [{ name: 'b' }]).statements).toHaveLength(1)
})

test('a queue of whatever name is looked at, also after a slow look', async () => {
  const url = await temporaryDatabase()
  await mysql(url).migrations.apply()
  const session = new MysqlSession(resolveMysqlOptions({ url }))
  session.open()
  onTestFinished(async () => await session.close())
  const lookout = new Lookout()
  lookout.see(lookout.plan(sql, [{ name: 'a' }]), results(took(200)))
  lookout.expect(() => [{ queue: '__proto__', urgency: 127 }])
  expect(await lookout.look(session, [{ name: '__proto__' }])).toEqual({ levels: [], nextDueInMs: null })
})

test('a low-water mark leaves out what was claimed, and is forgotten soon', () => {
  const marks = new LowWater()
  const level = { queue: 'a', urgency: 127 }
  expect(marks.conditionOf(level)).toBeUndefined()
  marks.note(level, 5, 7)
  expect(marks.conditionOf(level)).toBe('(w.ready_at > 5 OR (w.ready_at = 5 AND w.sequence > 7))')
  expect(marks.conditionOf({ queue: 'b', urgency: 127 })).toBeUndefined()
  marks.forget(level)
  expect(marks.conditionOf(level)).toBeUndefined()
})

test('while a transaction keeps the server from cleaning up, tasks are found as before, of old and of new levels', async () => {
  const url = await temporaryDatabase()
  const done: string[] = []
  const noop = defineTask({ name: 'noop', run: (_input: string, { id }) => void done.push(id) })
  await using tasq = createTasq({ driver: mysql(url), tasks: [noop] })
  await tasq.open()
  const reader = await connectAsUser(url)
  await reader.query('START TRANSACTION WITH CONSISTENT SNAPSHOT')
  await reader.query('SELECT COUNT(*) FROM tasq_tasks')
  const worker = tasq.worker({ concurrency: 100, queues: ['default', 'other'] })
  await worker.start()
  const inputs = Array.from({ length: 30_000 }, () => 'x')
  await tasq.enqueueMany(noop, inputs)
  await expect.poll(() => done.length).toBe(inputs.length)
  await using producer = createTasq({ driver: mysql(url), tasks: [noop] })
  for (const options of [{}, { queue: 'other' }, { priority: 'high' }] as const) {
    const { id } = await producer.enqueue(noop, 'y', options)
    await expect.poll(() => done.at(-1)).toBe(id)
  }
})
