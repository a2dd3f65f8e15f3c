import { readdirSync, readFileSync } from 'node:fs'
import { fillNames } from '@tasq/sql-kernel'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { postgres } from '../src/index.ts'
import { namesOf, RECORDS, tablesOf } from '../src/names.ts'
import { resolvePostgresOptions } from '../src/options.ts'
import { asUser, newSchema } from './support/schemas.ts'

const folder = new URL('../src/statements/', import.meta.url)
const read = (name: string) => readFileSync(new URL(`${name}.sql`, folder), 'utf8')
/** Run as scripts, when there are no tables yet or no session. */
const SCRIPTS = ['create-schema', 'create-schema-table', 'set-up-session', 'set-synchronous-commit']
const STATEMENTS = readdirSync(folder)
  .map((file) => file.replace('.sql', ''))
  .filter((name) => !SCRIPTS.includes(name))
/** Those that read tables which grow. */
const ON_TASKS = STATEMENTS.filter((name) =>
  /\{(tasks|dead_letters|outcomes|unique_keys|receipts|records)\}/.test(read(name)),
)
/** Those for people who look, or for rare repairs, may choose between indexes. */
const FREE = ['list-queues', 'release-keys']
/** Reads all of an index that holds only what is running. */
const ACTIVE = /Index (Only )?Scan using tasq_tasks_leases on tasq_tasks( \w+)?$/
const ROWS = 100_000

type Plans = Readonly<Record<string, string>>

describe.each([
  { name: 'the system', url: inject('postgresUrl') },
  { name: 'version 18', url: inject('postgres18Url') },
])('on the server of $name', ({ url }) => {
  const schema = newSchema()
  const client = new pg.Client(url)
  /** By what was in the tables, and what was known of it, when they were asked for. */
  const plans = new Map<string, Plans>()
  /** What a claim reads. */
  const pages = new Map<string, number>()
  /** What a step reads that removes what is kept beyond the newest. */
  const pagesOfKept = new Map<string, number>()
  /** How the user's own connections do it. */
  const userPlans = new Map<string, readonly string[]>()

  beforeAll(async () => {
    await client.connect()
    await prepareAll(client, url, schema)
    plans.set('empty', await plansOf(client))
    await client.query(`VACUUM ANALYZE ${tablesIn(schema)}`)
    plans.set('empty and analysed', await plansOf(client))
    await fillTasks(client, schema, 1_000)
    pages.set('a thousand', await pagesOfClaim(client))
    await client.query(`DELETE FROM ${schema}.tasq_tasks`)
    await fillTasks(client, schema, ROWS)
    await fillOthers(client, schema, ROWS)
    for (const state of ['never analysed since', 'analysed']) {
      if (state === 'analysed') await client.query(`ANALYZE ${tablesIn(schema)}`)
      plans.set(state, await plansOf(client))
      pages.set(state, await pagesOfClaim(client))
      for (const kind of ['outcomes', 'dead-letters'])
        pagesOfKept.set(`${kind}, ${state}`, await pagesOf(client, `"keep-newest-${kind}" ('q1', 10, 5)`))
      userPlans.set(state, await plansOfUser(client))
    }
    await client.query(`DELETE FROM ${schema}.tasq_tasks`)
    plans.set('emptied', await plansOf(client))
    await client.query(`VACUUM ANALYZE ${schema}.tasq_tasks`)
    plans.set('emptied and analysed', await plansOf(client))
  }, 60_000)

  afterAll(async () => {
    await client.end()
    await asUser(url, (user) => user.query(`DROP SCHEMA ${schema} CASCADE`))
  })

  test('nothing is read from one end to the other, and indexes are asked for what is wanted', () => {
    for (const [state, all] of plans) for (const name of ON_TASKS) checkPlan(`${name}, ${state}`, all[name])
  })

  test('statements have one plan, whatever is in the tables and whatever is known of it', () => {
    const first = plans.get('empty')
    for (const [state, all] of plans) {
      for (const name of ON_TASKS)
        if (!FREE.includes(name)) expect(all[name], `${name}, ${state}`).toBe(first?.[name])
    }
  })

  test('a claim reads as much with a hundred thousand tasks behind as with a thousand', () => {
    const few = pages.get('a thousand') ?? 0
    // The indexes are a level or two deeper.
    for (const [state, count] of pages) expect(count, state).toBeLessThan(few * 2)
  })

  test('what is kept beyond a count is found without a walk over all that is kept', () => {
    for (const [what, count] of pagesOfKept) expect(count, what).toBeLessThan(60)
  })

  test('on connections of the user, too, tasks are claimed, renewed and settled by index', () => {
    for (const [state, all] of userPlans) {
      for (const plan of all) expect(plan, state).not.toMatch(/Seq Scan on tasq_tasks/)
    }
  })
})

/** A connection as Tasq's own are, with every statement prepared on tables that are still empty. */
async function prepareAll(client: pg.Client, url: string, schema: string): Promise<void> {
  await postgres({ url, schema }).migrations.apply()
  await client.query(read('set-up-session'))
  const names = namesOf(resolvePostgresOptions({ schema }))
  for (const name of STATEMENTS) {
    await client.query(`PREPARE "${name}" AS ${fillNames(read(name), names)}`).catch((error: Error) => {
      throw new Error(`${name} does not prepare: ${error.message}`)
    })
  }
}

async function plansOf(client: pg.Client): Promise<Plans> {
  const plans: Record<string, string> = {}
  for (const name of ON_TASKS) {
    const count = Math.max(0, ...[...read(name).matchAll(/\$(\d+)/g)].map((match) => Number(match[1])))
    const nulls = Array.from({ length: count }, () => 'NULL').join(', ')
    plans[name] = await explain(client, count === 0 ? `"${name}"` : `"${name}" (${nulls})`)
  }
  return plans
}

async function explain(client: pg.Client, call: string): Promise<string> {
  const { rows } = await client.query(`EXPLAIN (COSTS OFF) EXECUTE ${call}`)
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}

function checkPlan(what: string, plan = ''): void {
  expect(plan, what).not.toMatch(/Seq Scan|Bitmap|Hash Join|Merge Join|Materialize/)
  if (FREE.some((name) => what.startsWith(name))) return
  const lines = plan.split('\n')
  const isWhole = (line: string, index: number) =>
    /Index (Only )?Scan/.test(line) && !/Index Cond/.test(lines[index + 1] ?? '') && !ACTIVE.test(line)
  expect(lines.filter(isWhole), what).toEqual([])
}

async function pagesOfClaim(client: pg.Client): Promise<number> {
  const parameters = `'{q1,q2}', '{10,10}', 15, 'token', '{0,0}', NULL, NULL, NULL, '', '', '', '', 0, NULL, NULL`
  return await pagesOf(client, `claim (${parameters})`, 15)
}

async function pagesOf(client: pg.Client, call: string, answers = 1): Promise<number> {
  await client.query('BEGIN')
  const { rows } = await client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) EXECUTE ${call}`)
  await client.query('ROLLBACK')
  const [{ Plan: plan }] = rows[0]['QUERY PLAN']
  expect(plan['Actual Rows']).toBe(answers)
  return plan['Shared Hit Blocks'] + plan['Shared Read Blocks']
}

/** Without settings, planned for what is asked. */
async function plansOfUser(client: pg.Client): Promise<readonly string[]> {
  await client.query('RESET ALL; SET plan_cache_mode = force_custom_plan')
  const leases = `'{t20,t40}', '{q2,q1}', '{token1,token2}'`
  const found: string[] = []
  found.push(
    await explain(
      client,
      `claim ('{q1}', '{10}', 10, 'token', '{0}', NULL, NULL, NULL, '', '', '', '', 0, NULL, NULL)`,
    ),
  )
  found.push(await explain(client, `"end-tasks" (${leases})`))
  found.push(await explain(client, `extend (${leases}, '{1,1}')`))
  const twins = `'{t20,t40}', '{1,1}', NULL, NULL, '{q2}', '{x}', '{0}', '{json}', '{x}', '{1}', NULL`
  found.push(await explain(client, `admit (${twins}, 'token', 'relay:')`))
  await client.query(read('set-up-session'))
  return found
}

function tablesIn(schema: string): string {
  return [...tablesOf(resolvePostgresOptions({ schema })), RECORDS]
    .map((table) => `${schema}.${table}`)
    .join(', ')
}

const NOW = '(extract(epoch FROM clock_timestamp()) * 1000)::bigint'

async function fillTasks(client: pg.Client, schema: string, rows: number): Promise<void> {
  await client.query(`
    INSERT INTO ${schema}.tasq_tasks
      (id, queue, task, priority, payload, encoding, policy, lease_ms, enqueued_at, ready_at, token, lease_until)
      SELECT 't' || i, 'q' || i % 3, 'x', i % 2, 'x', 'json', '{}', 1000, ${NOW}, ${NOW} - 1000 + i % 2000,
        CASE WHEN i % 20 = 0 THEN 'token' || i % 7 END, CASE WHEN i % 20 = 0 THEN ${NOW} + 60000 END
      FROM generate_series(1, ${rows}) AS i`)
}

async function fillOthers(client: pg.Client, schema: string, rows: number): Promise<void> {
  const some = `generate_series(1, ${rows}) AS i`
  await client.query(`
    INSERT INTO ${schema}.tasq_dead_letters
      (id, queue, task, priority, payload, encoding, policy, lease_ms, enqueued_at, attempts, reason, died_at, kept_until)
      SELECT 'd' || i, 'q' || i % 3, 'x', 0, 'x', 'json', '{}', 1000, 0, 1, 'exhausted', 0, ${NOW} + i FROM ${some};
    INSERT INTO ${schema}.tasq_outcomes
      (id, queue, task, priority, state, enqueued_at, attempts, finished_at, kept_until)
      SELECT 'o' || i, 'q' || i % 3, 'x', 0, 'completed', 0, 1, 0, ${NOW} + i FROM ${some};
    INSERT INTO ${schema}.tasq_unique_keys (queue, unique_key, id, window_until)
      SELECT 'q' || i % 3, 'k' || i, 't' || i, 0 FROM ${some};
    INSERT INTO ${schema}.tasq_receipts (call_id, kept_until) SELECT 'c' || i, ${NOW} + i FROM ${some};
    INSERT INTO ${schema}.tasq_records (scope, kind, key, version, value, expires_at)
      SELECT 'q' || i % 3, 'k' || i % 5, 'x' || i, 'v' || i, '{}', CASE WHEN i % 2 = 0 THEN ${NOW} + i END FROM ${some}`)
}
