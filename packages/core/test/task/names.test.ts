import { expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { checkName } from '../../src/task/names.ts'
import { thrown } from '../support/present.ts'

test.each([
  'default',
  'image.resize',
  'a b',
  'größe',
  '画像',
  '👩‍👩‍👧',
  "o'brien; DROP",
  'a:b{c}',
  'x'.repeat(200),
])('%j is a name', (name) => {
  expect(checkName('queue', name)).toBe(name)
})

test.each([
  ['nothing', ''],
  ['more than 200 bytes', 'x'.repeat(201)],
  ['more than 200 bytes in UTF-8', 'ä'.repeat(101)],
  ['a leading space', ' a'],
  ['a trailing space', 'a '],
  ['a leading no-break space', '\u00a0a'],
  ['a line break', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tb'],
  ['a zero byte', 'a\u0000b'],
  ['a delete character', 'a\u007fb'],
  ['a next-line character', 'a\u0085b'],
  ['a C1 control character', 'a\u009bb'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
  ['half a surrogate pair', 'a\ud800b'],
  ['no text', 5],
  ['undefined', undefined],
  ['null', null],
])('%s is no name', (_, name) => {
  const error = thrown(() => checkName('queue', name), InvalidOptionError)
  expect(error.option).toBe('queue')
  expect(error.message).toContain('1 to 200 bytes')
})
