import { describe, expect, test } from 'vitest'
import { bytes, integer, integerOrNull, text, textOrNull, truth } from '../src/readers.ts'
import { finishedRecordOf, liveRecordOf, outcomeOf } from '../src/selected-rows.ts'

const NOW = 1_000
const LIVE = [
  'id',
  'queue',
  'task',
  5,
  2,
  100,
  900,
  null,
  null,
  null,
  Uint8Array.of(1),
  'json',
  null,
  '{}',
  null,
]

describe('a live task is read from its columns', () => {
  test.each([
    { name: 'due', readyAt: NOW, state: 'ready' },
    { name: 'not due', readyAt: NOW + 1, state: 'scheduled' },
  ])('one that is $name is $state', ({ readyAt, state }) => {
    const row = [...LIVE.with(6, readyAt), null, null, null, null]
    expect(liveRecordOf(row, NOW)).toMatchObject({ state, attempts: 2, dueAt: readyAt, leaseToken: null })
  })

  test.each([1, true])(
    'one that is claimed is active, with the attempt that runs; marks may be %j',
    (mark) => {
      const row = [...LIVE, 3, 5_000, 'token', mark]
      expect(liveRecordOf(row, NOW)).toMatchObject({
        state: 'active',
        attempts: 3,
        leaseUntil: 5_000,
        leaseToken: 'token',
        isCancelRequested: true,
      })
    },
  )
})

test('a finished task is read from its columns, as a record and as a reading', () => {
  const row = ['id', 'queue', 'task', 'completed', 0, 1, 100, 200, Uint8Array.of(7), 'json', null]
  expect(finishedRecordOf(row)).toMatchObject({ state: 'completed', finishedAt: 200, payload: null })
  expect(outcomeOf(row)).toMatchObject({
    state: 'completed',
    finishedAt: 200,
    encoding: 'json',
    reason: null,
  })
  expect(outcomeOf(row.with(3, 'cancelled').with(10, 'why'))).toMatchObject({
    state: 'cancelled',
    reason: 'why',
  })
})

describe('a column of another type is a mistake that is told', () => {
  test.each([
    { name: 'text', read: () => text(1) },
    { name: 'text where there is nothing', read: () => text(null) },
    { name: 'an integer', read: () => integer('1') },
    { name: 'an integer that is too large for a number', read: () => integer(1n) },
    { name: 'bytes', read: () => bytes('x') },
    { name: 'text or nothing', read: () => textOrNull(1) },
    { name: 'an integer or nothing', read: () => integerOrNull('1') },
  ])('$name', ({ read }) => {
    expect(read).toThrow(TypeError)
  })

  test('what may be nothing is nothing', () => {
    expect([textOrNull(null), integerOrNull(undefined), truth(0), truth(false)]).toEqual([
      null,
      null,
      false,
      false,
    ])
  })
})
