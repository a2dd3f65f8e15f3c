import { expect, test } from 'vitest'
import { TaskTallies } from '../../src/engine/task-tallies.ts'

test('a time falls into the bucket whose bound it does not exceed, and one below zero counts as none', () => {
  const tallies = new TaskTallies()
  const { processing } = tallies.of('mail', 'send')
  for (const ms of [-5, 1, 1.01, 2.5, 3_600_000, 3_600_001]) processing.record(ms)
  const [tally] = tallies.list
  const { counts, sumMs } = tally?.processing ?? { counts: [], sumMs: 0 }
  expect(counts).toEqual([2, 2, ...Array.from({ length: 15 }, () => 0), 1, 1])
  expect(sumMs).toBeCloseTo(7_200_005.51)
})

test('what was told is not changed by what is counted later', () => {
  const tallies = new TaskTallies()
  tallies.of('mail', 'send').succeeded++
  const told = tallies.list
  tallies.of('mail', 'send').succeeded++
  tallies.of('mail', 'send').processing.record(1)
  expect(told).toMatchObject([{ succeeded: 1, processing: { sumMs: 0 } }])
})

test('those of several workers add up, task by task', () => {
  const [one, other, all] = [new TaskTallies(), new TaskTallies(), new TaskTallies()]
  one.of('mail', 'send').failed++
  one.of('mail', 'send').queueWait.record(20)
  other.of('mail', 'send').succeeded++
  other.of('mail', 'send').queueWait.record(30)
  other.of('logs', 'send').succeeded++
  all.add(one.list)
  all.add(other.list)
  expect(all.list).toMatchObject([
    { queue: 'mail', task: 'send', succeeded: 1, failed: 1, queueWait: { sumMs: 50 } },
    { queue: 'logs', task: 'send', succeeded: 1, failed: 0 },
  ])
})

test('names without end take no space without end', () => {
  const tallies = new TaskTallies()
  for (let number = 0; number < 2_000; number++) tallies.of('mail', `task-${number}`).failed++
  for (let number = 0; number < 2_000; number++) tallies.of(`queue-${number}`, 'send').failed++
  const { list } = tallies
  expect(list.length).toBeLessThan(510)
  expect(list.reduce((sum, { failed }) => sum + failed, 0)).toBe(4_000)
  expect(list).toContainEqual(expect.objectContaining({ queue: 'mail', task: 'others', failed: 1_500 }))
  expect(list).toContainEqual(expect.objectContaining({ queue: 'others', task: 'others', failed: 2_000 }))
})
