import { expect, test } from 'vitest'
import { examplesOf } from '../src/examples.ts'

const fence = '```'

test('blocks of TypeScript become files that know their lines', () => {
  const markdown = ['# Title', `${fence}ts`, 'const a = 1', fence, `${fence}sh`, 'ls', fence].join('\n')
  expect(examplesOf(markdown)).toEqual([{ file: '01.ts', lines: [{ text: 'const a = 1', documentLine: 3 }] }])
})

test('a block names its file, goes on from the one before, or is left out', () => {
  const markdown = [
    `${fence}ts file=tasks.ts`,
    'one',
    fence,
    `${fence}ts continued`,
    'two',
    fence,
    `${fence}ts fragment`,
    'three',
    fence,
  ].join('\n')
  const files = examplesOf(markdown).map(({ file, lines }) => [file, lines.map(({ text }) => text).join()])
  expect(files).toEqual([
    ['tasks.ts', 'one'],
    ['02.ts', 'one,two'],
  ])
})
