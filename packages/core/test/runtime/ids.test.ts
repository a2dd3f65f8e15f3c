import { expect, test } from 'vitest'
import { callIds, processUniqueName, taskId } from '../../src/runtime/ids.ts'
import { present } from '../support/present.ts'

const UUID_7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Later than any instant that an earlier test has used: the generator never goes back. */
let base = Date.UTC(2100, 0, 1)
function laterThanBefore(): number {
  base += 1_000_000
  return base
}

function timeOf(id: string): number {
  return Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16)
}

test('a task id is a UUID of version 7 that carries its time', () => {
  const now = laterThanBefore()
  const id = taskId(now)
  expect(id).toMatch(UUID_7)
  expect(timeOf(id)).toBe(now)
})

test('100,000 ids made at one instant are unique, well-formed and sorted', () => {
  const now = laterThanBefore()
  const ids = Array.from({ length: 100_000 }, () => taskId(now))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids.every((id) => UUID_7.test(id))).toBe(true)
  expect(ids).toEqual([...ids].sort())
})

test('the counter of one millisecond overflows into the next, as the RFC allows', () => {
  const now = laterThanBefore()
  const ids = Array.from({ length: 4_097 }, () => taskId(now))
  expect(timeOf(present(ids[4_095]))).toBe(now)
  expect(timeOf(present(ids[4_096]))).toBe(now + 1)
  expect(taskId(now + 1) > present(ids[4_096])).toBe(true)
})

test('a clock that goes backwards makes no earlier and no second id', () => {
  const now = laterThanBefore()
  const times = [now, now - 5_000, now - 4_999, now, now + 1, now - 1]
  const ids = times.map((time) => taskId(time))
  expect(new Set(ids).size).toBe(ids.length)
  expect(ids).toEqual([...ids].sort())
})

test('ids of different milliseconds share no random part', () => {
  const now = laterThanBefore()
  const tails = Array.from({ length: 200 }, (_, index) => taskId(now + index).slice(19))
  expect(new Set(tails).size).toBe(tails.length)
})

test('names of processes are short, plain and unique', () => {
  const names = Array.from({ length: 10_000 }, () => processUniqueName())
  expect(new Set(names).size).toBe(names.length)
  for (const name of names) expect(name).toMatch(/^[0-9a-z]{12}$/)
})

test('ids of calls never repeat under one prefix', () => {
  const next = callIds('worker-1')
  const ids = Array.from({ length: 1_000 }, next)
  expect(new Set(ids).size).toBe(ids.length)
  for (const id of ids) expect(id.startsWith('worker-1.')).toBe(true)
})
