import { createConnection } from 'mysql2/promise'
import { expect, test } from 'vitest'
import { bytes, integer, name, sortedNames, text } from '../src/literals.ts'
import { sqlFor, statementsOf } from '../src/sql.ts'
import { connectAsUser, temporaryDatabase } from './support/database.ts'

test('a file is parted into its statements, without comments', () => {
  const file = "-- What it does; and how.\nSELECT 1,\n  ';';\n-- Then\nSELECT 2\n"
  expect(statementsOf(file)).toEqual(["SELECT 1, ';'", 'SELECT 2'])
})

test('values stand where their names are, and a name without one is a mistake', () => {
  const sql = sqlFor({ tasks: '`tasq_tasks`' })
  const file = 'SELECT :id FROM {tasks} WHERE id = :id AND n = :number'
  expect(sql(file, { id: name('a'), number: integer(2.4) })).toEqual([
    "SELECT 'a' FROM `tasq_tasks` WHERE id = 'a' AND n = 2",
  ])
  expect(() => sql(file, { id: name('a') })).toThrow('no value for :number')
  expect(() => sql('SELECT * FROM {nothing}')).toThrow('no name for {nothing}')
})

test('names are sorted and stand once', () => {
  expect(sortedNames(['b', 'a', 'b'])).toBe("'a','b'")
  expect(() => sortedNames([])).toThrow('at least one')
})

test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no integer', (value) => {
  expect(() => integer(value)).toThrow(RangeError)
})

const contents = [
  '',
  'plain text',
  "it's",
  'back\\slash',
  '"',
  '?',
  ':name',
  ';\n',
  '\0\x1a',
  'ä 漢字 🐢',
  "'; DROP TABLE x; --",
  '%_',
]

test.each(['', 'ANSI_QUOTES,NO_BACKSLASH_ESCAPES'])(
  'what is written is read back, in sql_mode %j and in every character set',
  async (mode) => {
    const url = await temporaryDatabase()
    for (const charset of ['utf8mb4', 'latin1']) {
      const connection = await connectAsUser(url, { charset })
      await connection.query(`SET SESSION sql_mode = '${mode}'`)
      await connection.query(
        'CREATE OR REPLACE TABLE t (n INT, a VARBINARY(255), b MEDIUMTEXT CHARACTER SET utf8mb4, c LONGBLOB)',
      )
      const rows = contents.map(
        (content, index) => `(${index},${name(content)},${text(content)},${bytes(Buffer.from(content))})`,
      )
      await connection.query(`INSERT INTO t VALUES ${rows.join()}`)
      const reader = await createConnection({ uri: url, rowsAsArray: true })
      const [read] = await reader.query('SELECT a, b, c FROM t ORDER BY n')
      await reader.end()
      expect(read).toEqual(contents.map((content) => [Buffer.from(content), content, Buffer.from(content)]))
    }
  },
)
