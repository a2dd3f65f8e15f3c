import { expect, test } from 'vitest'
import { canHaveBacklog, isSmaller, tasksOf } from '../src/workloads/sizing.ts'
import { subject, workload } from './support/rows.ts'

const drain = workload('W3', { paced: 'drain' })
const half = workload('W5', { paced: 'drain', share: 0.5 })
const pickup = workload('W4')
const slow = subject('slow', { pace: { drain: 300 } })

test.each([
  { name: 'as many as usual', of: drain, who: subject('tasq'), tasks: 100_000 },
  { name: 'a share of them', of: half, who: subject('tasq'), tasks: 50_000 },
  { name: 'what it does in 20 s', of: drain, who: slow, tasks: 6_000 },
  {
    name: 'its pace is of something else',
    of: workload('W1', { paced: 'enqueue' }),
    who: slow,
    tasks: 100_000,
  },
  { name: 'what its backend can hold', of: drain, who: subject('sqs', { mostTasks: 20_000 }), tasks: 20_000 },
])('a run has $tasks tasks: $name', ({ of, who, tasks }) => {
  expect(tasksOf(100_000, of, who)).toBe(tasks)
})

test('a run has at least so many tasks that a tenth of them can go before', () => {
  expect(tasksOf(10, drain, slow)).toBe(100)
})

test('only a run that is measured by its tasks is said to have fewer', () => {
  expect([isSmaller(6_000, 100_000, drain), isSmaller(50_000, 100_000, half)]).toEqual([true, false])
  expect(isSmaller(6_000, 100_000, pickup)).toBe(false)
})

test('a deep backlog is only for those that are fast, on what can hold it', () => {
  expect(canHaveBacklog(subject('tasq'), 1_000_000)).toBe(true)
  expect(canHaveBacklog(slow, 10_000)).toBe(false)
  expect(canHaveBacklog(subject('fast', { pace: { enqueue: 900, drain: 5_000 } }), 1_000_000)).toBe(true)
  expect(canHaveBacklog(subject('sqs', { mostTasks: 20_000 }), 1_000_000)).toBe(false)
})
