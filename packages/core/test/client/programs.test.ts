import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'

test.each([['close'], ['leave']])('a program that only enqueues ends by itself: %s', async (end) => {
  const { lines, code, stderr } = await startProgram('enqueue-only', end).ended
  expect({ lines, code, stderr }).toEqual({ lines: ['created'], code: 0, stderr: '' })
})
