import { DatabaseSync } from 'node:sqlite'
import { beforeEach, describe, expect, test } from 'vitest'
import { type Migration, migrate, pendingMigrations, type SchemaStore } from '../src/migrator.ts'

const one: Migration = { version: 1, name: '0001-one', sql: 'CREATE TABLE one (id)', readableFrom: 1 }
const two: Migration = { version: 2, name: '0002-two', sql: 'ALTER TABLE one ADD two', readableFrom: 1 }
const three: Migration = { version: 3, name: '0003-three', sql: 'CREATE TABLE three (id)', readableFrom: 3 }
const broken: Migration = { version: 3, name: '0003-broken', sql: 'CREATE TABLE one (id)', readableFrom: 1 }

let database: DatabaseSync

beforeEach(() => {
  database = new DatabaseSync(':memory:')
  database.exec('CREATE TABLE steps (version INTEGER PRIMARY KEY, name TEXT, readable_from INTEGER)')
})

/** A real schema, which takes its steps as drivers do: by itself, and none twice. */
function schema(): SchemaStore {
  const read = () => {
    const row = database
      .prepare('SELECT max(version) AS version, max(readable_from) AS "from" FROM steps')
      .get()
    return { version: Number(row?.version ?? 0), readableFrom: Number(row?.from ?? 0) }
  }
  return {
    read: async () => read(),
    take: async ({ version, name, sql, readableFrom }) => {
      if (read().version >= version) return false
      database.exec('BEGIN')
      try {
        database.exec(sql)
        database.prepare('INSERT INTO steps VALUES (?, ?, ?)').run(version, name, readableFrom)
        database.exec('COMMIT')
        return true
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      }
    },
  }
}

function taken(): readonly unknown[] {
  return database
    .prepare('SELECT name FROM steps ORDER BY version')
    .all()
    .map(({ name }) => name)
}

async function pending(migrations: readonly Migration[]): Promise<readonly string[]> {
  return (await pendingMigrations(schema(), migrations, '@tasq/test')).map(({ name }) => name)
}

describe('migrate', () => {
  test.each([
    { from: 'nothing', before: [], names: ['0001-one', '0002-two', '0003-three'] },
    { from: 'the first step', before: [one], names: ['0002-two', '0003-three'] },
    { from: 'the last but one', before: [one, two], names: ['0003-three'] },
    { from: 'the last step', before: [one, two, three], names: [] },
  ])('from $from it takes what is left, in order, once', async ({ before, names }) => {
    await migrate(schema(), before, '@tasq/test')
    expect(await pending([one, two, three])).toEqual(names)
    expect(await migrate(schema(), [one, two, three], '@tasq/test')).toEqual(names)
    expect(await pending([one, two, three])).toEqual([])
    expect(await migrate(schema(), [one, two, three], '@tasq/test')).toEqual([])
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })

  test('it takes nothing where there is nothing to take', async () => {
    expect(await migrate(schema(), [], '@tasq/test')).toEqual([])
  })

  test('of several who start at once each step is taken by one, which tells so', async () => {
    const starts = Array.from({ length: 4 }, () => migrate(schema(), [one, two, three], '@tasq/test'))
    const names = (await Promise.all(starts)).flat()
    expect([...names].sort()).toEqual(['0001-one', '0002-two', '0003-three'])
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })

  test('a step that fails ends it; those before stay, and it goes on from there', async () => {
    const after: Migration = { ...three, version: 4, name: '0004-after' }
    await expect(migrate(schema(), [one, two, broken, after], '@tasq/test')).rejects.toThrow(/already exists/)
    expect(taken()).toEqual(['0001-one', '0002-two'])
    expect(await migrate(schema(), [one, two, three, after].slice(0, 3), '@tasq/test')).toEqual([
      '0003-three',
    ])
  })
})

describe('a schema that is newer than the package', () => {
  test('is used as it is where the package can read it', async () => {
    await migrate(schema(), [one, two], '@tasq/test')
    expect(await pending([one])).toEqual([])
    expect(await migrate(schema(), [one], '@tasq/test')).toEqual([])
  })

  test('is refused where it can not, and left as it is', async () => {
    await migrate(schema(), [one, two, three], '@tasq/test')
    for (const attempt of [pendingMigrations, migrate]) {
      await expect(attempt(schema(), [one, two], '@tasq/test')).rejects.toMatchObject({
        code: 'TASQ_SCHEMA_TOO_NEW',
        message: expect.stringMatching(/version 3 .* from version 3 on; this @tasq\/test knows 2/),
        nextStep: expect.stringContaining('Update @tasq/test'),
        retryable: false,
      })
    }
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })
})
