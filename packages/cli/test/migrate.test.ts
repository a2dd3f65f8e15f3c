import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { answer, run } from './support/backends.ts'
import { onMysql, onPostgres, serverFlags } from './support/driver-trials.ts'
import { userFolder } from './support/user-folder.ts'

const places = [
  {
    name: 'SQLite',
    make: () => ({ backend: { folder: userFolder(), flags: [] }, app: undefined }),
  },
  {
    name: 'PostgreSQL',
    make: () => {
      const schema = `t${randomUUID().slice(0, 8)}`
      const flags = [...serverFlags('postgres'), '--postgres-schema', schema]
      return {
        backend: { folder: userFolder('postgres'), flags },
        app: onPostgres({ schema, migrate: false }),
      }
    },
  },
  {
    name: 'MariaDB',
    make: () => {
      const prefix = `t${randomUUID().slice(0, 8)}_`
      const flags = [
        ...serverFlags('mysql'),
        '--mysql-queue-table',
        prefix,
        '--mysql-dead-letter-table',
        `${prefix}dead`,
      ]
      const app = onMysql({ queueTablePrefix: prefix, deadLetterTable: `${prefix}dead`, migrate: false })
      return { backend: { folder: userFolder('mysql'), flags }, app }
    },
  },
]

describe.each(places)('tasq migrate on $name', ({ make }) => {
  test('says what is to be done, does it once, and then has nothing to do', async () => {
    const { backend, app } = make()
    const plan = await answer(backend, 'migrate', '--dry-run')
    expect(plan['applied']).toEqual([])
    expect(plan['pending']).not.toEqual([])
    if (app !== undefined) await expect(app.open()).rejects.toMatchObject({ code: 'TASQ_SCHEMA_MISSING' })
    const done = await run(backend, 'migrate')
    expect(done).toMatchObject({ code: 0, err: 'These were applied.\n' })
    expect(done.out.trimEnd().split('\n')).toEqual(plan['pending'])
    await app?.open()
    expect(await answer(backend, 'migrate')).toMatchObject({ pending: [], applied: [] })
    expect(await run(backend, 'migrate', '--dry-run')).toMatchObject({
      code: 0,
      out: '',
      err: 'The schema is up to date.\n',
    })
  })
})

test('tasq migrate makes the file of SQLite', async () => {
  const folder = userFolder()
  await answer({ folder, flags: [] }, 'migrate')
  expect(existsSync(join(folder, 'tasq.db'))).toBe(true)
})

test('a driver without migrations says so, and that is no failure', async () => {
  const { code, out, err } = await run(
    { folder: userFolder('redis'), flags: serverFlags('redis') },
    'migrate',
  )
  expect({ code, out }).toEqual({ code: 0, out: '' })
  expect(err).toContain("The driver 'redis' needs no migrations")
})
