import { VirtualClock } from '@tasq/core/memory'
import { expect, test } from 'vitest'
import { replaying } from '../src/replay.ts'

const passing = new Error('deadlock')
const lasting = new Error('syntax')
const isTransient = (error: unknown) => error === passing

/** A step that fails so often before it succeeds, and how often it was run. */
function failing(times: number, error: Error) {
  const step = Object.assign(
    async () => {
      step.runs++
      if (step.runs <= times) throw error
      return 'done'
    },
    { runs: 0 },
  )
  return step
}

async function replayed(step: () => Promise<string>): Promise<string> {
  const clock = new VirtualClock()
  const result = replaying(clock, isTransient, step)
  let isOver = false
  const end = () => {
    isOver = true
  }
  result.then(end, end)
  while (!isOver) await clock.advance(10)
  return await result
}

test('what passes is tried again', async () => {
  const step = failing(3, passing)
  expect(await replayed(step)).toBe('done')
  expect(step.runs).toBe(4)
})

test('what does not pass is told at once', async () => {
  const step = failing(1, lasting)
  await expect(replayed(step)).rejects.toBe(lasting)
  expect(step.runs).toBe(1)
})

test('what goes on failing is given up', async () => {
  const step = failing(Number.POSITIVE_INFINITY, passing)
  await expect(replayed(step)).rejects.toBe(passing)
  expect(step.runs).toBeLessThan(20)
})
