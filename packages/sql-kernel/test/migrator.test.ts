import { DatabaseSync } from 'node:sqlite'
import type { Migrations } from '@tasq/core/driver'
import { beforeEach, describe, expect, test } from 'vitest'
import {
  type Migration,
  migrationsOf,
  prepareSchema,
  type Schema,
  type SchemaStore,
} from '../src/migrator.ts'

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

function schemaOf(migrations: readonly Migration[]): Schema {
  return { packageName: '@tasq/test', migrations }
}

/** The facet of a package that knows these steps. */
function facet(migrations: readonly Migration[]): Migrations {
  return migrationsOf(schemaOf(migrations), async (work) => await work(schema()))
}

describe('migrations', () => {
  test.each([
    { from: 'nothing', before: [], names: ['0001-one', '0002-two', '0003-three'] },
    { from: 'the first step', before: [one], names: ['0002-two', '0003-three'] },
    { from: 'the last but one', before: [one, two], names: ['0003-three'] },
    { from: 'the last step', before: [one, two, three], names: [] },
  ])('from $from it takes what is left, in order, once', async ({ before, names }) => {
    await facet(before).apply()
    expect(await facet([one, two, three]).pending()).toEqual(names)
    expect(await facet([one, two, three]).apply()).toEqual(names)
    expect(await facet([one, two, three]).pending()).toEqual([])
    expect(await facet([one, two, three]).apply()).toEqual([])
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })

  test('it takes nothing where there is nothing to take', async () => {
    expect(await facet([]).apply()).toEqual([])
  })

  test('of several who start at once each step is taken by one, which tells so', async () => {
    const starts = Array.from({ length: 4 }, () => facet([one, two, three]).apply())
    const names = (await Promise.all(starts)).flat()
    expect([...names].sort()).toEqual(['0001-one', '0002-two', '0003-three'])
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })

  test('a step that fails ends it; those before stay, and it goes on from there', async () => {
    const after: Migration = { ...three, version: 4, name: '0004-after' }
    await expect(facet([one, two, broken, after]).apply()).rejects.toThrow(/already exists/)
    expect(taken()).toEqual(['0001-one', '0002-two'])
    expect(await facet([one, two, three, after].slice(0, 3)).apply()).toEqual(['0003-three'])
  })
})

describe('a schema that is newer than the package', () => {
  test('is used as it is where the package can read it', async () => {
    await facet([one, two]).apply()
    expect(await facet([one]).pending()).toEqual([])
    expect(await facet([one]).apply()).toEqual([])
  })

  test('is refused where it can not, and left as it is', async () => {
    await facet([one, two, three]).apply()
    const { pending, apply } = facet([one, two])
    const open = (migrates: boolean) =>
      prepareSchema(schemaOf([one, two]), schema(), { migrates, what: 'the store' })
    for (const attempt of [pending, apply, () => open(true), () => open(false)]) {
      await expect(attempt()).rejects.toMatchObject({
        code: 'TASQ_SCHEMA_TOO_NEW',
        message: expect.stringMatching(/version 3 .* from version 3 on; this @tasq\/test knows 2/),
        nextStep: expect.stringContaining('Update @tasq/test'),
        retryable: false,
      })
    }
    expect(taken()).toEqual(['0001-one', '0002-two', '0003-three'])
  })
})

describe('opening a driver', () => {
  test('takes what is left where it may', async () => {
    await prepareSchema(schemaOf([one, two]), schema(), { migrates: true, what: 'the store' })
    expect(taken()).toEqual(['0001-one', '0002-two'])
  })

  test('is refused where steps are to be taken and it may not take them', async () => {
    await facet([one]).apply()
    const open = prepareSchema(schemaOf([one, two, three]), schema(), { migrates: false, what: 'The store' })
    await expect(open).rejects.toMatchObject({
      code: 'TASQ_SCHEMA_MISSING',
      message: expect.stringContaining('The store lacks 0002-two, 0003-three.'),
      nextStep: expect.stringContaining('migrations.apply()'),
    })
    expect(taken()).toEqual(['0001-one'])
  })

  test('needs no right to take steps where there are none', async () => {
    await facet([one, two]).apply()
    await prepareSchema(schemaOf([one, two]), schema(), { migrates: false, what: 'the store' })
    expect(taken()).toEqual(['0001-one', '0002-two'])
  })
})
