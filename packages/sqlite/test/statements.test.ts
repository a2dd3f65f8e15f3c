import { readdirSync, readFileSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { temporaryFile } from './support/fixtures.ts'

const folder = new URL('../src/statements/', import.meta.url)
const statements = readdirSync(folder).map((name) => ({
  name,
  sql: readFileSync(new URL(name, folder), 'utf8'),
}))

/** Those that run for every task or at every poll: none may read a table from one end to the other. */
const HOT = [
  'await-again',
  'await-first',
  'claim',
  'delete-claimed',
  'delete-claims',
  'delete-record',
  'delete-surplus-dead-letters',
  'delete-surplus-outcomes',
  'delete-tasks',
  'delete-waiting',
  'end-unique-key',
  'extend-claim',
  'find-receipt',
  'find-tasks',
  'find-unique-holder',
  'find-versions',
  'first-ready-at',
  'get-outcome',
  'get-task',
  'is-live',
  'newest-surplus-dead-letter',
  'newest-surplus-outcome',
  'next-priority',
  'put-back',
  'put-record',
  'read-claimed',
  'read-records',
  'read-records-of-scope',
  'replace-task',
  'trim-dead-letters',
  'trim-outcomes',
  'trim-receipts',
  'trim-records',
  'trim-unique-keys',
]
/** Its rows are what is running just now, or what was asked for, so reading all of them is short. */
const SMALL_TABLE = /^SCAN (c|tasq_claims|wanted|json_each)\b/

async function preparedDatabase(): Promise<DatabaseSync> {
  const file = temporaryFile()
  await sqlite(file).migrations.apply()
  return new DatabaseSync(file)
}

test.each(statements)('$name prepares', async ({ sql }) => {
  const database = await preparedDatabase()
  expect(() => database.prepare(sql)).not.toThrow()
})

test.each(statements.filter(({ name }) => HOT.includes(name.replace('.sql', ''))))(
  '$name uses an index',
  async ({ sql }) => {
    const database = await preparedDatabase()
    const steps = database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map((row) => String(row.detail))
    const scans = steps.filter((step) => step.startsWith('SCAN') && !SMALL_TABLE.test(step))
    expect(scans).toEqual([])
    expect(steps.filter((step) => step.includes('TEMP B-TREE'))).toEqual([])
  },
)

test('every hot statement is there', () => {
  const names = statements.map(({ name }) => name.replace('.sql', ''))
  expect(HOT.filter((name) => !names.includes(name))).toEqual([])
})
