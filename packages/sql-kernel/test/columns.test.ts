import { DatabaseSync } from 'node:sqlite'
import { type Envelope, failureOf, historyOf, policyOf, policyText, type TaskPolicy } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import { envelopeOf, failureText, headersOf, historyText, newRowOf } from '../src/columns.ts'
import type { TaskRow } from '../src/dialect.ts'
import { envelope, NOW, newTask, policy, readPolicy } from './support/rows.ts'

const policyJson = JSON.stringify(policy)

describe('a new task as a row', () => {
  test('what is absent is null', () => {
    expect(newRowOf(newTask())).toEqual({
      id: 'task-1',
      queue: 'default',
      task: 'work',
      priority: 0,
      payload: Uint8Array.of(1, 2, 3),
      encoding: 'msgpack',
      policy: policyJson,
      headers: null,
      leaseMs: 30_000,
      keepResultMs: null,
      uniqueKey: null,
      uniqueWindowMs: null,
      delayMs: null,
      dueAt: null,
      expiresInMs: null,
      expiresAt: null,
    })
  })

  test.each([
    { what: 'headers', row: newRowOf(newTask({ headers: { a: 'ü' } })), column: { headers: '{"a":"ü"}' } },
    { what: 'no headers in a set', row: newRowOf(newTask({ headers: {} })), column: { headers: '{}' } },
    {
      what: 'an outcome kept for no time',
      row: newRowOf(newTask({ keepResultMs: 0 })),
      column: { keepResultMs: 0 },
    },
    {
      what: 'a key',
      row: newRowOf(newTask({ unique: { key: 'k' } })),
      column: { uniqueKey: 'k', uniqueWindowMs: null },
    },
    {
      what: 'a key with a window',
      row: newRowOf(newTask({ unique: { key: 'k', windowMs: 0 } })),
      column: { uniqueKey: 'k', uniqueWindowMs: 0 },
    },
    { what: 'a delay', row: newRowOf(newTask({}, { delayMs: 0 })), column: { delayMs: 0, dueAt: null } },
    { what: 'a due time', row: newRowOf(newTask({}, { dueAt: NOW })), column: { delayMs: null, dueAt: NOW } },
    {
      what: 'an expiry from now',
      row: newRowOf(newTask({}, { expiresInMs: 5 })),
      column: { expiresInMs: 5, expiresAt: null },
    },
    {
      what: 'an instant of expiry',
      row: newRowOf(newTask({}, { expiresAt: NOW })),
      column: { expiresInMs: null, expiresAt: NOW },
    },
  ])('$what', ({ row, column }) => {
    expect(row).toMatchObject(column)
  })
})

const envelopes: readonly (readonly [string, Partial<Envelope>])[] = [
  ['nothing but what must be', {}],
  ['the highest priority', { priority: 127 }],
  ['the lowest priority', { priority: -128 }],
  ['no bytes', { payload: { bytes: new Uint8Array(), encoding: 'json' } }],
  [
    'every byte',
    { payload: { bytes: Uint8Array.from({ length: 256 }, (_, byte) => byte), encoding: 'raw' } },
  ],
  ['headers of any text', { headers: { '': '', 'quote"': "'; --", 'world 世界': 'line\nfeed \u0000 👋' } }],
  ['headers with the names of methods', { headers: { constructor: 'c', toString: 't' } }],
  ['an outcome that is kept', { keepResultMs: 86_400_000 }],
  ['a key', { unique: { key: 'k', windowMs: undefined } }],
  ['a key with a window', { unique: { key: '', windowMs: 1 } }],
  ['names of any text', { id: '世界', queue: "o'clock", task: 'a.b\n' }],
]

describe('an envelope comes back as it was, with', () => {
  test.each(envelopes)('%s', (_, fields) => {
    const stored = envelope(fields)
    expect(envelopeOf(newRowOf(newTask(fields)))).toEqual({ ...stored, policy: readPolicy })
  })

  test.each(envelopes)('%s, by way of a database', (_, fields) => {
    const stored = envelope(fields)
    expect(envelopeOf(throughDatabase(newRowOf(newTask(fields))))).toEqual({ ...stored, policy: readPolicy })
  })
})

describe('policies', () => {
  test('tasks that share a policy share its text, which is made once', () => {
    let made = 0
    const counting: TaskPolicy = Object.assign({ ...policy }, { toJSON: () => ({ ...policy, made: ++made }) })
    expect(policyText(counting)).toBe(policyText(counting))
    expect(made).toBe(1)
  })

  test('rows that share a text share the policy, which nobody can change', () => {
    const read = policyOf(policyJson)
    expect(read).toEqual(readPolicy)
    expect(policyOf(policyJson)).toBe(read)
    expect(Object.isFrozen(read)).toBe(true)
  })

  test('many different ones are each read as they are, though not all are remembered', () => {
    const texts = Array.from({ length: 2_500 }, (_, index) =>
      policyText({ ...policy, maxAttempts: index + 1 }),
    )
    expect(texts.map((text) => policyOf(text).maxAttempts)).toEqual(texts.map((_, index) => index + 1))
    expect(policyOf(texts[0] ?? '').maxAttempts).toBe(1)
  })

  test.each([
    '',
    '{"maxAttempts":',
    'null',
    '3',
    '[]',
    '{}',
    JSON.stringify({ ...policy, maxAttempts: '3' }),
    JSON.stringify({ ...policy, deadLetterMs: null }),
    JSON.stringify({ ...policy, retry: null }),
    JSON.stringify({ ...policy, retry: [] }),
    JSON.stringify({ ...policy, retry: { ...policy.retry, strategy: 1 } }),
    JSON.stringify({ ...policy, retry: { ...policy.retry, jitter: undefined } }),
  ])('%j is none, each time that it is read', (text) => {
    expect(() => policyOf(text)).toThrow()
    expect(() => policyOf(text)).toThrow()
  })

  test('the error shows no more than the beginning of a long text', () => {
    const long = JSON.stringify({ text: 'x'.repeat(10_000) })
    expect(() => policyOf(long)).toThrow(/^no task policy: \{"text":"x{91}$/)
  })
})

test.each(['{"a":', '"a"', '1', 'null', '[]', '["a"]', '{"a":1}', '{"a":null}', '{"a":"b","c":{}}'])(
  '%s are no headers',
  (text) => {
    expect(() => headersOf(text)).toThrow()
  },
)

describe('what the engine remembers', () => {
  const failure = { name: 'Error', message: 'it broke', attempt: 1, at: NOW }

  test('comes back as it was', () => {
    const history = { losses: 2, unknownSince: NOW, failures: [failure] }
    expect(historyOf(historyText(history))).toEqual(history)
    expect(failureOf(failureText(failure))).toEqual(failure)
  })

  test('is null where there is nothing', () => {
    expect([historyText(undefined), failureText(undefined)]).toEqual([null, null])
    expect([historyOf(null), failureOf(null)]).toEqual([undefined, undefined])
  })

  test.each(['', '{"losses":', 'null', '1', '"text"', '[]'])('is forgotten where %j stands', (text) => {
    expect([historyOf(text), failureOf(text)]).toEqual([undefined, undefined])
  })
})

/** A row as a real table gives it back: with the types of its columns, in the database's own memory. */
function throughDatabase(row: TaskRow): TaskRow {
  using database = new DatabaseSync(':memory:')
  const names = Object.keys(row)
  database.exec(`CREATE TABLE rows (${names.map((name) => `${name} ANY`).join(', ')}) STRICT`)
  database.prepare(`INSERT INTO rows VALUES (${names.map(() => '?').join(', ')})`).run(...Object.values(row))
  return database.prepare('SELECT * FROM rows').get() as unknown as TaskRow
}
