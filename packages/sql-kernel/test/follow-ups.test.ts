import type { Settlement } from '@tasq/core/driver'
import { expect, test } from 'vitest'
import { newRowOf } from '../src/columns.ts'
import { followUpRows, hasFollowUps } from '../src/follow-ups.ts'
import { newTask } from './support/rows.ts'

const lease = { queue: 'default', id: 'task-1', token: 'mine' }
const complete = { kind: 'complete', lease, attempt: 1, keepMs: undefined, result: undefined } as const
const retry: Settlement = { kind: 'retry', lease, delayMs: 0, attempts: 1, history: undefined }

test('the follow-ups of settlements are rows, in their order', () => {
  const [one, two, three] = ['1', '2', '3'].map((id) => newTask({ id, queue: `after ${id}` }))
  if (one === undefined || two === undefined || three === undefined) return expect.unreachable()
  const settlements = [
    { ...complete, followUps: [one, two] },
    retry,
    complete,
    { ...complete, followUps: [three] },
  ]
  expect(followUpRows(settlements)).toEqual([one, two, three].map(newRowOf))
  expect(settlements.map(hasFollowUps)).toEqual([true, false, false, true])
})

test('an empty list is as good as none', () => {
  expect(hasFollowUps({ ...complete, followUps: [] })).toBe(false)
  expect(followUpRows([{ ...complete, followUps: [] }])).toEqual([])
})
