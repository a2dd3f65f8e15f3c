import { expect, test } from 'vitest'
import { nodeArguments } from '../../src/runtime/node-arguments.ts'

test.each([
  [[], []],
  [
    ['--conditions', 'x', '--import', 'tsx'],
    ['--conditions', 'x', '--import', 'tsx'],
  ],
  [['--inspect=9229', '--inspect-brk', '--no-warnings'], ['--no-warnings']],
  [
    ['--no-warnings', '-e', 'start()', '--enable-source-maps'],
    ['--no-warnings', '--enable-source-maps'],
  ],
  [['--eval', '--inspect'], []],
])('of %o a process of a pool gets %o', (own, given) => {
  expect(nodeArguments(own)).toEqual(given)
})
