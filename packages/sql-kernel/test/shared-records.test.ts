import type { RecordWrite } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import { answerWithoutWrite, sharedRecordOf, versionsOf } from '../src/shared-records.ts'

const versions = versionsOf([
  ['control', 'a', 'v1'],
  ['control', 'a","b', 'v2'],
])

function write(key: string, ifVersion: string | null | undefined, version = 'mine'): RecordWrite {
  return { kind: 'control', key, value: '{}', version, ifVersion }
}

test('a row is a record, with or without an end', () => {
  const row: readonly unknown[] = ['mail', 'control', 'a', '{}', 'v1', 5]
  const record = { scope: 'mail', kind: 'control', key: 'a', value: '{}', version: 'v1' }
  expect(sharedRecordOf(row)).toEqual({ ...record, expiresAt: 5 })
  expect(sharedRecordOf(row.with(5, null))).toEqual({ ...record, expiresAt: undefined })
})

test('versions are found by kind and key', () => {
  expect(versions({ kind: 'control', key: 'a' })).toBe('v1')
  expect(versions({ kind: 'control', key: 'a","b' })).toBe('v2')
  expect(versions({ kind: 'other', key: 'a' })).toBeUndefined()
})

describe('a call', () => {
  test.each([
    { name: 'without a condition', writes: [write('a', undefined), write('c', undefined)] },
    { name: 'from the version that stands', writes: [write('a', 'v1')] },
    { name: 'from none where there is none', writes: [write('c', null)] },
  ])('$name is made', ({ writes }) => {
    expect(answerWithoutWrite(writes, versions)).toBeUndefined()
  })

  test.each([
    { name: 'from another version', writes: [write('a', 'v0')] },
    { name: 'from a version where there is none', writes: [write('c', 'v1')] },
    { name: 'from none where there is one', writes: [write('a', null)] },
    {
      name: 'of which one condition holds and the other does not',
      writes: [write('c', null), write('a', null)],
    },
  ])('$name is a conflict', ({ writes }) => {
    expect(answerWithoutWrite(writes, versions)).toBe('conflict')
  })

  test('that has been made is not made again, whatever its conditions were', () => {
    expect(answerWithoutWrite([write('a', null, 'v1'), write('c', 'v7')], versions)).toBe('written')
  })

  test('is told from a repeat by its first write alone', () => {
    expect(answerWithoutWrite([write('c', null), write('a', null, 'v1')], versions)).toBe('conflict')
  })
})
