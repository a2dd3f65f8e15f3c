import { describe, expect, test } from 'vitest'
import type { AdmissionRow, ResultRow } from '../src/dialect.ts'
import { admissionOf, countsOf, deadLetterOf, readingOf, recordOf } from '../src/records.ts'
import { deadLetterRow, NOW, policy, readPolicy, recordRow } from './support/rows.ts'

const bytes = Uint8Array.of(1, 2, 3)

describe('the record of a task', () => {
  test('has nothing where the row has null', () => {
    const { id, queue, task, state, priority, attempts, enqueuedAt, ...others } = recordOf(recordRow())
    expect({ id, queue, task, state, priority, attempts, enqueuedAt }).toEqual({
      id: 'task-1',
      queue: 'default',
      task: 'work',
      state: 'ready',
      priority: 0,
      attempts: 0,
      enqueuedAt: NOW,
    })
    expect(Object.keys(others)).toHaveLength(13)
    expect(Object.values(others).filter((value) => value !== undefined)).toEqual([])
  })

  test.each([
    ['its times', { dueAt: 1, expiresAt: 2, finishedAt: 3 }, { dueAt: 1, expiresAt: 2, finishedAt: 3 }],
    ['its lease', { leaseUntil: 4, leaseToken: 't' }, { leaseUntil: 4, leaseToken: 't' }],
    ['a cancel mark', { isCancelRequested: true }, { cancelRequested: true }],
    ['its key', { uniqueKey: '' }, { uniqueKey: '' }],
    ['an outcome kept for no time', { keepResultMs: 0 }, { keepResultMs: 0 }],
    ['its payload', { payload: bytes, encoding: 'json' }, { payload: { bytes, encoding: 'json' } }],
    ['its headers', { headers: '{"a":"b"}' }, { headers: { a: 'b' } }],
    ['its policy', { policy: JSON.stringify(policy) }, { policy: readPolicy }],
    ['its history', { history: '{"losses":2}' }, { history: { losses: 2 } }],
    ['its result', { result: bytes, resultEncoding: 'json' }, { result: { bytes, encoding: 'json' } }],
  ])('has %s', (_, columns, fields) => {
    expect(recordOf(recordRow(columns))).toMatchObject(fields)
  })

  test('shows an operator the rest where some of it can not be read', () => {
    const torn = { headers: '[1]', policy: '{', history: '{', payload: bytes, encoding: 'json', attempts: 2 }
    expect(recordOf(recordRow(torn))).toMatchObject({
      headers: undefined,
      policy: undefined,
      history: undefined,
      payload: { bytes, encoding: 'json' },
      attempts: 2,
    })
  })
})

describe('a dead letter', () => {
  test('has all that its row has', () => {
    const failure = { name: 'Error', message: 'it broke', attempt: 3, at: NOW }
    const row = deadLetterRow({
      failure: JSON.stringify(failure),
      headers: '{"a":"b"}',
      history: JSON.stringify({ failures: [failure] }),
    })
    expect(deadLetterOf(row)).toEqual({
      id: 'task-1',
      queue: 'default',
      task: 'work',
      reason: 'exhausted',
      failure,
      attempts: 3,
      enqueuedAt: NOW,
      diedAt: NOW + 1,
      keptUntil: NOW + 2,
      payload: { bytes, encoding: 'msgpack' },
      headers: { a: 'b' },
      priority: 0,
      policy: readPolicy,
      history: { failures: [failure] },
    })
  })

  test('is shown although it died of being unreadable', () => {
    const row = deadLetterRow({
      reason: 'undecodable',
      failure: '{',
      headers: '{',
      policy: '{',
      history: '{',
    })
    expect(deadLetterOf(row)).toMatchObject({
      reason: 'undecodable',
      failure: undefined,
      headers: undefined,
      policy: undefined,
      history: undefined,
      payload: { bytes },
    })
  })
})

describe('what a task came to', () => {
  const finished = { finishedAt: NOW, result: null, encoding: null, reason: null }
  const dead = { state: 'dead', finishedAt: NOW, reason: 'lost', failure: null } as const

  test.each<[string, ResultRow, object]>([
    ['it is not over', { state: 'pending' }, { state: 'pending' }],
    ['nothing is known', { state: 'unknown' }, { state: 'unknown' }],
    [
      'it has a result',
      { ...finished, state: 'completed', result: bytes, encoding: 'json' },
      { state: 'completed', finishedAt: NOW, result: { bytes, encoding: 'json' } },
    ],
    [
      'it has none',
      { ...finished, state: 'completed' },
      { state: 'completed', finishedAt: NOW, result: undefined },
    ],
    [
      'it was cancelled for a reason',
      { ...finished, state: 'cancelled', reason: 'moot' },
      { state: 'cancelled', finishedAt: NOW, reason: 'moot' },
    ],
    [
      'it was cancelled',
      { ...finished, state: 'cancelled' },
      { state: 'cancelled', finishedAt: NOW, reason: undefined },
    ],
    [
      'it is dead of a failure',
      { ...dead, failure: '{"name":"Error","message":"it broke","attempt":1,"at":0}' },
      { ...dead, failure: { name: 'Error', message: 'it broke', attempt: 1, at: 0 } },
    ],
    ['it is dead without one', dead, { ...dead, failure: undefined }],
  ])('%s', (_, row, reading) => {
    expect(readingOf(row)).toEqual(reading)
  })
})

describe('what an admission is answered', () => {
  const dead = { status: 'dead', reason: 'lost', attempts: 2, keepMs: 5 } as const
  const failure = { name: 'Error', message: 'it broke', attempt: 1, at: 0 }

  test.each<[string, AdmissionRow, object]>([
    ['it is admitted', { status: 'admitted', attempt: 2 }, { status: 'admitted', attempt: 2 }],
    ['it is held', { status: 'held', forMs: 5 }, { status: 'held', forMs: 5 }],
    ['it is finished', { status: 'finished' }, { status: 'finished' }],
    ['it is dead of a failure', { ...dead, failure: JSON.stringify(failure) }, { ...dead, failure }],
    ['it is dead without one', { ...dead, failure: null }, { ...dead, failure: undefined }],
    ['it is dead of what can not be read', { ...dead, failure: '{' }, { ...dead, failure: undefined }],
  ])('where %s', (_, row, admission) => {
    expect(admissionOf(row)).toEqual(admission)
  })
})

describe('the counts of a queue', () => {
  const some = { queue: 'a', ready: 1, scheduled: 2, active: 3, dead: 4, finished: 5 }
  const none = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }

  test.each([
    ['are those of its row', [{ queue: 'b', ...none, ready: 9 }, some], some],
    ['are nought where there is no row', [{ queue: 'b', ...none, ready: 9 }], { queue: 'a', ...none }],
  ])('%s', (_, rows, counts) => {
    expect(countsOf(rows, 'a')).toEqual(counts)
  })
})
