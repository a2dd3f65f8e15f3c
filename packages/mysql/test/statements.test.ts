import { readdirSync, readFileSync } from 'node:fs'
import { callId, newTasks } from '@tasq/testkit/conformance'
import type { Connection } from 'mysql2/promise'
import { createConnection } from 'mysql2/promise'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { mysql } from '../src/index.ts'
import type { Literal } from '../src/literals.ts'
import { namesInStatements } from '../src/names.ts'
import { resolveMysqlOptions } from '../src/options.ts'
import { sqlFor } from '../src/sql.ts'
import { administer, newName, urlOf } from './support/database.ts'

const folder = new URL('../src/statements/', import.meta.url)
const files = readdirSync(folder).map((file) => ({
  name: file.replace('.sql', ''),
  text: readFileSync(new URL(file, folder), 'utf8'),
}))

/** No statements about tables, but about the session; or pieces of statements. */
const ABOUT_THE_SESSION = [
  ...[
    'begin',
    'begin-on-foreign',
    'begin-plainly',
    'commit',
    'rollback',
    'now',
    'prepare-session',
    'read-server',
    'describe-server',
  ],
  ...[
    'savepoint',
    'release-savepoint',
    'rollback-to-savepoint',
    'lock-schema',
    'unlock-schema',
    'create-schema-table',
  ],
]
/** Those that run for every task, every call or every look: with 100,000 tasks behind them they read what they need. */
const HOT = [
  ...[
    'answer-receipt',
    'await',
    'bury',
    'claim-again',
    'complete-all',
    'delete-claims',
    'delete-outcomes',
    'delete-receipts',
    'delete-records',
  ],
  ...[
    'delete-tasks',
    'delete-waiting',
    'delete-unique-keys',
    'end-unique-keys',
    'expect-unknown',
    'extend-claims',
    'find-claims',
  ],
  ...[
    'find-old-dead-letters',
    'find-old-outcomes',
    'find-old-receipts',
    'find-old-records',
    'find-surplus-dead-letter',
    'find-old-unique-keys',
    'find-receipt',
  ],
  ...[
    'find-sequences',
    'find-standings',
    'find-tasks',
    'find-unique-keys',
    'get-tasks',
    'lock-lost',
    'lock-outcomes',
    'lock-records',
    'lock-surplus-dead-letters',
    'lock-surplus-outcomes',
    'look-ahead',
    'look-ahead-from',
    'pick',
    'put-back',
  ],
  ...[
    'read-claims',
    'read-finished-marks',
    'read-records',
    'read-results',
    'replace-task',
    'request-cancel',
    'set-ready-at',
    'take-over',
  ],
]
const MANY = 100_000

const database = newName()
const emptyDatabase = newName()
const url = urlOf(database)
const ids: string[] = []
let connection: Connection

/** Values of the kinds that the driver puts there. */
let values: Readonly<Record<string, Literal>>

beforeAll(async () => {
  await administer(`CREATE DATABASE ${database}; CREATE DATABASE ${emptyDatabase}`)
  await mysql(urlOf(emptyDatabase)).migrations.apply()
  const driver = mysql(url)
  await driver.open()
  for (let stored = 0; stored < MANY; stored += driver.limits.maxBatch) {
    const tasks = newTasks(driver.limits.maxBatch)
    ids.push(...tasks.slice(0, 1).map(({ envelope }) => envelope.id))
    await driver.enqueue({ callId: callId(), tasks })
  }
  await driver.close()
  await administer(
    `INSERT INTO ${database}.tasq_outcomes (
      id, queue, task, state, priority, attempts, enqueued_at, finished_at, kept_until
    )
    SELECT id, queue, task, 'completed', 0, 1, 0, 0, 99999999999999 FROM ${database}.tasq_tasks`,
  )
  await administer(
    `ANALYZE TABLE ${database}.tasq_tasks, ${database}.tasq_waiting, ${database}.tasq_outcomes`,
  )
  connection = await createConnection({ uri: url, rowsAsArray: true })
  await connection.query('SET @tasq_now = 99999999999999')
  values = samples()
}, 120_000)

afterAll(async () => {
  await connection.end()
  await administer(`DROP DATABASE ${database}; DROP DATABASE ${emptyDatabase}`)
})

function samples(): Readonly<Record<string, Literal>> {
  const name = "'work'"
  const list = ids.slice(0, 50).map((id) => `'${id}'`)
  const texts = {
    ids: list.join(),
    id: list[0],
    queue: name,
    queues: "'work','other'",
    since: '5',
    token: "'t'",
    task: 'NULL',
    state: "'completed'",
    reason: "'lost'",
    callId: "'c'",
    callIds: "'c','d'",
    names: "'a','b'",
    schema: 'NULL',
    name: "'n'",
    answers: "'[]'",
    history: 'NULL',
    failure: 'NULL',
    anyId: 'TRUE',
    ready: 'TRUE',
    scheduled: 'FALSE',
    isReady: 'TRUE',
    after: '0',
    now: '5',
    limit: '100',
    sequences: '1,2,3',
    leaseMs: '5',
    ms: '5',
    attempt: '1',
    delayMs: '5',
    keepMs: '5',
    attempts: '1',
    readyAt: '5',
    urgency: '127',
    enqueuedAt: '0',
    sequence: '0',
    first: '1',
    count: '10',
    most: '11',
    newest: '99999999',
    which: "kind='k' AND scope='work'",
    priority: '0',
    payload: "x'00'",
    encoding: "'json'",
    policy: "'{}'",
    headers: 'NULL',
    keepResultMs: 'NULL',
    expiresAt: 'NULL',
    lowest: '1',
    version: '1',
    readableFrom: '1',
    keys: "((queue='work' AND unique_key='k') OR (queue='work' AND unique_key='l'))",
    tasks: `((ended.id IN (${list}) AND ended.queue='work'))`,
    leases: `((c.id IN (${list}) AND c.queue='work' AND c.token='t'))`,
    places:
      "((queue='work' AND urgency=127 AND ((ready_at=5 AND sequence IN (1,2,3)) OR (ready_at=6 AND sequence IN (4,5)))))",
  }
  return texts as Readonly<Record<keyof typeof texts, string>> as Readonly<Record<string, Literal>>
}

/** Rows for an INSERT, by the number of its columns. */
function withRows(text: string): Readonly<Record<string, Literal>> {
  const columns = /\(([^)]*)\) VALUES :rows/.exec(text)?.[1]?.split(',') ?? []
  const row = `(${columns.map((column) => (/payload|id|queue|task$|encoding|policy|token|state|key$/.test(column) ? "'x'" : '1')).join()})`
  return {
    ...values,
    rows: (text.includes('ROW_COUNT') ? '100' : `${row},${row}`) as Literal,
    ...afterOf(text),
    ...keysOf(text),
  }
}

/** `pick` takes a condition where others take a number. */
function afterOf(text: string): Readonly<Record<string, Literal>> {
  return text.includes('AND :after')
    ? { after: '(w.ready_at > 5 OR (w.ready_at = 5 AND w.sequence > 7))' as Literal }
    : {}
}

/** Keys of records are others than unique keys. */
function keysOf(text: string): Readonly<Record<string, Literal>> {
  if (!text.includes('{records}')) return {}
  const keys = ['a', 'b'].map((key) => `(kind='k' AND scope='work' AND record_key='${key}')`)
  return { keys: `(${keys.join(' OR ')})` as Literal }
}

const sql = sqlFor(namesInStatements(resolveMysqlOptions({ url })))
const statementsOf = (text: string) => sql(text, withRows(text))

test.each(files.filter(({ name }) => !ABOUT_THE_SESSION.includes(name)))(
  '$name prepares',
  async ({ text }) => {
    for (const statement of statementsOf(text)) {
      const prepared = await connection.prepare(statement)
      await prepared.close()
    }
  },
)

/** What a server would do: on small tables it may prefer to read all of them, and then wait for rows that others hold. */
test.each(
  files.flatMap(({ name, text }) => {
    return HOT.includes(name)
      ? [
          { name, text, size: 'large' },
          { name, text, size: 'empty' },
        ]
      : []
  }),
)('$name uses its index on $size tables', async ({ text, size }) => {
  for (const statement of statementsOf(text)) {
    const query =
      size === 'large' ? statement : statement.replaceAll(`\`${database}\``, `\`${emptyDatabase}\``)
    const [plan] = await connection.query(`EXPLAIN ${query}`)
    const steps = (plan as unknown[][]).map((step) => ({
      table: step[2],
      access: step[3],
      extra: String(step.at(-1)),
    }))
    const tables = steps.filter(({ table }) => typeof table === 'string' && !table.startsWith('<'))
    expect(tables.filter(({ access }) => access === 'ALL' || access === 'index')).toEqual([])
    expect(steps.filter(({ extra }) => /filesort|temporary/i.test(extra))).toEqual([])
  }
})

test.each([
  { name: 'look-ahead', most: 20 },
  { name: 'pick', most: 2 * 100 + 10 },
  { name: 'list-queues', most: 40 },
  { name: 'delete-waiting', most: 10 },
  { name: 'find-surplus-outcome', most: 5 * 11 },
  { name: 'lock-surplus-outcomes', most: 2 * 100 + 10 },
])('$name reads few rows of 100,000', async ({ name, most }) => {
  const { text = '' } = files.find((file) => file.name === name) ?? {}
  const values = { ...withRows(text), after: 'TRUE' as Literal }
  await connection.query('FLUSH STATUS')
  for (const statement of sql(text, values)) await connection.query(statement)
  const [status] = await connection.query("SHOW SESSION STATUS LIKE 'Handler_read%'")
  const read = (status as [string, string][]).reduce((sum, [, count]) => sum + Number(count), 0)
  expect(read).toBeLessThanOrEqual(most)
  expect(read).toBeGreaterThan(0)
})

test('every statement that is named here is there', () => {
  const names = files.map(({ name }) => name)
  expect([...HOT, ...ABOUT_THE_SESSION].filter((name) => !names.includes(name))).toEqual([])
})
