import { expect, test } from 'vitest'
import { startProgram } from '../support/program.ts'

test.each([['close'], ['leave']])('a program that only enqueues ends by itself: %s [A31]', async (end) => {
  const { ended, out, err } = startProgram('enqueue-only', end)
  expect({ code: await ended, out: out.lines(), err: err.text() }).toEqual({
    code: 0,
    out: ['created'],
    err: '',
  })
})
