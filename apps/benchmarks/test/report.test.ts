import { expect, test } from 'vitest'
import { machineLine, machineOf } from '../src/report/machine.ts'
import { ratiosOf } from '../src/report/ratios.ts'
import { tableOf } from '../src/report/table.ts'
import { row, subject, workload } from './support/rows.ts'

const drain = workload('W3', { paced: 'drain' })
const pickup = workload('W4', { unit: 'ms', isMoreBetter: false })
const tasq = subject('tasq')
const raw = subject('raw')
const slow = subject('slow')
const fast = subject('fast')

test('a workload has the ratio of the medians of Tasq to the best other, and to the bare loop', () => {
  const rows = [
    row(drain, tasq, 500, 300, 400),
    row(drain, raw, 1_000),
    row(drain, slow, 10),
    row(drain, fast, 100, 200, 90),
  ]
  expect(ratiosOf(rows)).toEqual(['- W3: ratio to the best other (fast): 4.00; share of raw: 40 %'])
})

test('where less is better, the best other is the one with the least', () => {
  const rows = [row(pickup, tasq, 3), row(pickup, slow, 60), row(pickup, fast, 2)]
  expect(ratiosOf(rows)).toEqual(['- W4: ratio to the best other (fast): 1.50, less is better'])
})

test('a variant of Tasq has a line of its own, against the bare loop of the same variant', () => {
  const [tasqNormal, rawNormal] = [subject('tasq (normal)'), subject('raw (normal)')]
  const rows = [row(drain, tasqNormal, 30), row(drain, raw, 40), row(drain, rawNormal, 60)]
  expect(ratiosOf(rows)).toEqual(['- W3, tasq (normal): share of raw: 50 %'])
})

test('a workload that is held against another one has the ratio of each round, the median of them first', () => {
  const plain = workload('W12 plain')
  const traced = workload('W12 traced', { against: 'W12 plain' })
  const rows = [row(plain, tasq, 100, 200, 50), row(traced, tasq, 90, 100, 40)]
  expect(ratiosOf(rows)).toEqual(['- W12 traced: of W12 plain in the same round: 0.80 (0.50 to 0.90)'])
})

test('there is no line for what has nothing beside it, or no figure', () => {
  expect(ratiosOf([row(drain, tasq, 30), row(drain, fast), row(pickup, fast, 2)])).toEqual([])
  expect(ratiosOf([row(drain, tasq), row(drain, fast, 2), row(drain, raw, 2)])).toEqual([])
})

test('the table says of how many tasks a run was that had fewer than the others', () => {
  const rows = [row(drain, tasq, 300), { ...row(drain, slow, 10), tasks: 6_000 }, row(pickup, slow, 2)]
  const lines = tableOf(rows, machineOf(new Map(), []), { tasks: 100_000, rounds: 1 }).split('\n')
  expect(lines.filter((line) => line.includes('6,000 tasks'))).toHaveLength(1)
  expect(lines.find((line) => line.includes('| slow | 10 |'))).toContain('6,000 tasks')
})

test('the line of the machine has the versions of Node, of the servers and of the peers that were measured', () => {
  const machine = machineOf(new Map([['redis', '7.0.15']]), ['sidequest', 'bullmq'])
  expect(Object.keys(machine.peers)).toEqual([
    '@sidequest/mysql-backend',
    '@sidequest/postgres-backend',
    '@sidequest/sqlite-backend',
    'bullmq',
    'sidequest',
  ])
  const line = machineLine(machine)
  expect(line).toContain(`Node ${process.versions.node}; redis 7.0.15; `)
  expect(line).toMatch(/; bullmq \d+\.\d+\.\d+;/)
  expect(line).not.toContain('pg-boss')
})
