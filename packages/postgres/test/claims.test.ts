import { fillNames } from '@tasq/sql-kernel'
import { callId, complete, newTask, newTasks, QUEUE, reserveCall } from '@tasq/testkit/conformance'
import type pg from 'pg'
import { expect, test } from 'vitest'
import { namesOf } from '../src/names.ts'
import { resolvePostgresOptions } from '../src/options.ts'
import claim from '../src/statements/claim.sql'
import nextDue from '../src/statements/next-due.sql'
import setUpSession from '../src/statements/set-up-session.sql'
import { newStore, sortedTasks, type TestStore } from './support/store.ts'

const HOUR = 3_600_000
const STATEMENTS = { claim, 'next-due': nextDue }
const policyOfTests = newTask().envelope.policy

test('a repeat of a reserve that is under way waits for it, and gives what it has claimed', async () => {
  const store = newStore()
  const driver = await store.open()
  await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
  // A claim that has begun and is not over: its writes wait for a lock that we hold.
  const user = await store.connect()
  await user.query(`
    CREATE FUNCTION ${store.schema}.wait() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_advisory_xact_lock_shared(hashtext(TG_TABLE_SCHEMA)); RETURN NEW; END';
    CREATE TRIGGER wait BEFORE UPDATE ON ${store.schema}.tasq_tasks FOR EACH ROW EXECUTE FUNCTION ${store.schema}.wait()`)
  await user.query('SELECT pg_advisory_lock(hashtext($1))', [store.schema])
  const call = reserveCall({ max: 10 })
  const first = driver.reserve(call)
  await store.untilBlocked(1)
  const repeated = driver.reserve({ ...call, repeat: true })
  await store.untilBlocked(2)
  await user.query('SELECT pg_advisory_unlock(hashtext($1))', [store.schema])
  expect((await first).length).toBe(3)
  expect((await repeated).map(({ lease }) => lease.id)).toEqual((await first).map(({ lease }) => lease.id))
})

test('a reserve that arrives after its repeat was answered claims nothing', async () => {
  const store = newStore()
  const driver = await store.open()
  await driver.enqueue({ callId: callId(), tasks: newTasks(3) })
  const user = await store.connect()
  await user.query(`BEGIN; LOCK TABLE ${store.schema}.tasq_tasks IN ACCESS EXCLUSIVE MODE`)
  const call = reserveCall({ max: 10 })
  const first = driver.reserve(call)
  await store.untilBlocked(1)
  const repeated = driver.reserve({ ...call, repeat: true })
  await store.untilBlocked(2) // it has noted that the call is over, and waits to read what was claimed
  await user.query('COMMIT')
  expect([await first, await repeated]).toEqual([[], []])
  const held = await driver.reserve(reserveCall({ max: 10 }))
  expect(held.map(({ attempt }) => attempt)).toEqual([1, 1, 1])
})

test('rows are skipped that somebody else has locked, and nobody waits for them', async () => {
  const store = newStore()
  const driver = await store.open()
  const [first, second] = sortedTasks(2)
  await driver.enqueue({ callId: callId(), tasks: [first, second].flatMap((task) => task ?? []) })
  const user = await store.connect()
  await user.query('BEGIN')
  await user.query(`SELECT 1 FROM ${store.schema}.tasq_tasks WHERE id = $1 FOR UPDATE`, [first?.envelope.id])
  const held = await driver.reserve(reserveCall({ max: 10 }))
  expect(held.map(({ lease }) => lease.id)).toEqual([second?.envelope.id])
  await user.query('ROLLBACK')
  const rest = await driver.reserve(reserveCall({ max: 10 }))
  expect(rest.map(({ lease }) => lease.id)).toEqual([first?.envelope.id])
})

test('what a transaction commits long after it was written is found within seconds, also while there is always more', async () => {
  const store = newStore()
  const driver = await store.open()
  const user = await store.connect()
  await user.query('BEGIN')
  const late = newTask()
  await driver.transactions.enqueue(user, [late])
  const seen: string[] = []
  const cycle = async () => {
    await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
    const held = await driver.reserve(reserveCall({ max: 2 }))
    await driver.settle(held.map((each) => complete(each)))
    seen.push(...held.map(({ lease }) => lease.id))
  }
  const until = Date.now() + 1_000 // longer than the slack of a hint
  while (Date.now() < until) await cycle()
  await user.query('COMMIT')
  const committedAt = Date.now()
  while (!seen.includes(late.envelope.id) && Date.now() < committedAt + 10_000) await cycle()
  expect(seen).toContain(late.envelope.id)
})

test('and soon where nothing else is there', async () => {
  const store = newStore()
  const driver = await store.open()
  const user = await store.connect()
  await user.query('BEGIN')
  const late = newTask()
  await driver.transactions.enqueue(user, [late])
  const until = Date.now() + 700
  while (Date.now() < until) await driver.reserve(reserveCall())
  await user.query('COMMIT')
  const held = async () => (await driver.reserve(reserveCall())).map(({ lease }) => lease.id)
  await expect.poll(held).toEqual([late.envelope.id])
})

test('scheduled tasks of a higher priority do not hide ready ones, however many they are', async () => {
  const driver = await newStore().open()
  const scheduled = newTasks(1_000, { priority: 100, delayMs: HOUR })
  await driver.enqueue({ callId: callId(), tasks: scheduled })
  const ready = [newTask({ priority: -5 }), newTask({ priority: 50 }), newTask({ priority: 0 })]
  await driver.enqueue({ callId: callId(), tasks: ready })
  const held = await driver.reserve(reserveCall({ max: 10 }))
  expect(held.map((each) => each.kind === 'task' && each.envelope.priority)).toEqual([50, 0, -5])
})

test('a claim of some priorities reads nothing of the others, ready or scheduled, however many they are', async () => {
  const store = newStore()
  const driver = await store.open()
  for (const priority of [-100, 127, 24, 75]) {
    for (const fields of [{ priority }, { priority, delayMs: HOUR }])
      await driver.enqueue({ callId: callId(), tasks: newTasks(1_000, fields) })
  }
  await driver.enqueue({ callId: callId(), tasks: [newTask({ priority: 50 })] })
  const user = await prepared(store)
  const [lowest, highest] = [25, 74]
  const range = `'{${lowest},${lowest}}', '{${highest},${highest}}'`
  const call = `'{${QUEUE},other}', '{10,10}', 20, 't', '{0,0}', NULL, NULL, NULL, '', '', '', '', 0`
  const claimed = await pagesOf(user, `claim (${call}, ${range})`)
  expect(claimed.rows).toBe(1)
  expect(claimed.pages).toBeLessThan(40)
  expect((await pagesOf(user, `claim (${call}, '{-25,-25}', '{23,23}')`)).rows).toBe(0)
  const due = await pagesOf(
    user,
    `"next-due" ('{${QUEUE}}', 1000, NULL, NULL, '{${lowest}}', '{${highest}}')`,
  )
  expect(due.pages).toBeLessThan(20)
  // The other way round it has to read them.
  expect((await pagesOf(user, `claim (${call}, NULL, NULL)`)).rows).toBe(10)
})

test('a reserve of some priorities sleeps until one of those is due, whichever others are due before', async () => {
  const store = newStore()
  const driver = await store.open()
  for (const [index, priority] of [0, 50, 100, -50].entries()) {
    const delayMs = (2 * index + 1) * HOUR
    await driver.enqueue({ callId: callId(), tasks: [newTask({ priority, delayMs })] })
  }
  const user = await prepared(store)
  const dueIn = async (known: string, range: string) => {
    const { rows } = await user.query(`EXECUTE "next-due" ('{${QUEUE}}', 1000, ${known}, ${range})`)
    const [now, due] = Object.values(rows[0]).map(Number)
    return Math.round(((due ?? 0) - (now ?? 0)) / HOUR)
  }
  for (const known of ['NULL, NULL', `'{1}', '{50}'`]) {
    expect(await dueIn(known, 'NULL, NULL')).toBe(1)
    expect(await dueIn(known, `'{25}', '{74}'`)).toBe(3)
  }
  expect(await dueIn('NULL, NULL', `'{75}', '{127}'`)).toBe(5)
  expect(await dueIn('NULL, NULL', `'{-128}', '{-26}'`)).toBe(7)
})

test('what was learnt while some priorities were claimed hides nothing of the others', async () => {
  const driver = await newStore().open()
  const queues = [{ name: QUEUE, max: 10, priorities: { lowest: 25, highest: 127 } }]
  const old = newTask()
  const urgent = async () => await driver.enqueue({ callId: callId(), tasks: newTasks(3, { priority: 50 }) })
  await driver.enqueue({ callId: callId(), tasks: [old] })
  const until = Date.now() + 700 // longer than the slack of a hint
  while (Date.now() < until) {
    await urgent()
    expect(await driver.reserve(reserveCall({ queues, max: 10 }))).toHaveLength(3)
  }
  await urgent()
  const held = await driver.reserve(reserveCall({ max: 10 }))
  expect(held).toHaveLength(4)
  expect(held.at(-1)?.lease.id).toBe(old.envelope.id)
})

test('while a transaction from before keeps vacuum away, a claim with hints does not walk over what was claimed before', async () => {
  const store = newStore()
  const driver = await store.open()
  const pinned = await store.connect()
  await pinned.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await pinned.query(`SELECT count(*) FROM ${store.schema}.tasq_tasks`)
  for (let round = 0; round < 20; round++) {
    await driver.enqueue({ callId: callId(), tasks: newTasks(500) })
    const held = await driver.reserve(reserveCall({ max: 500 }))
    await driver.settle(held.map((each) => complete(each)))
  }
  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  const user = await prepared(store)
  const pages = async (marks: string) => {
    const call = `claim ('{${QUEUE}}', '{10}', 10, 't', ${marks}, '', '', '', '', 0, NULL, NULL)`
    const read = await pagesOf(user, call)
    expect(read.rows).toBe(1)
    return read.pages
  }
  const { rows } = await user.query(`SELECT max(ready_at) AS since FROM ${store.schema}.tasq_tasks`)
  const { since } = rows[0]
  expect(await pages(`'{0}', '{}', '{}', '{}'`)).toBeGreaterThan(1_000)
  expect(await pages(`'{${since}}', '{1}', '{0}', '{${since}}'`)).toBeLessThan(100)
  await pinned.query('COMMIT')
})

test('what is left out of an answer, because the last task had the same, is put back', async () => {
  const driver = await newStore().open()
  const fields = [
    { priority: 1, task: 'a', leaseMs: 1_000 },
    { priority: 0, task: 'b', leaseMs: 1_000 },
    { priority: 0, task: 'b', leaseMs: 2_000, policy: { ...policyOfTests, maxAttempts: 9 } },
    { priority: -1, task: 'b', leaseMs: 2_000, payload: { encoding: 'x-other' } },
  ]
  const tasks = fields.map((each) => newTask(each))
  for (let round = 0; round < 2; round++) {
    await driver.enqueue({ callId: callId(), tasks })
    for (const task of tasks) {
      const [held] = await driver.reserve(reserveCall())
      const { payload, ...envelope } = task.envelope
      const { encoding } = payload
      expect(held).toMatchObject({
        kind: 'task',
        attempt: 1,
        envelope: { ...envelope, payload: { encoding } },
      })
      if (held !== undefined) await driver.settle([complete(held)])
    }
  }
})

/** A connection as Tasq's own are, with the statements prepared. */
async function prepared({ connect, schema }: TestStore): Promise<pg.Client> {
  const user = await connect()
  await user.query(setUpSession)
  const names = namesOf(resolvePostgresOptions({ schema }))
  for (const [name, sql] of Object.entries(STATEMENTS))
    await user.query(`PREPARE "${name}" AS ${fillNames(sql, names)}`)
  return user
}

/** What a statement reads and answers; it changes nothing. */
async function pagesOf(user: pg.Client, call: string): Promise<{ pages: number; rows: number }> {
  await user.query('BEGIN')
  const { rows } = await user.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ${call}`)
  await user.query('ROLLBACK')
  const [{ Plan: plan }] = rows[0]['QUERY PLAN']
  return { pages: plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], rows: plan['Actual Rows'] }
}
