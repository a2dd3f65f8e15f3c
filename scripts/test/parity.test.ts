import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../root.ts'

/** How many promises each of the five systems makes. */
const PROMISES = { A: 46, S: 16, C: 33, U: 33, Q: 26 }

const rows = readFileSync(join(root, 'docs/parity.md'), 'utf8')
  .split('\n')
  .filter((line) => /^\| [ASCUQ]\d+ \|/.test(line))
  .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim()))

test('each promise has its row, in order', () => {
  const ids = Object.entries(PROMISES).flatMap(([system, count]) =>
    Array.from({ length: count }, (_, index) => `${system}${index + 1}`),
  )
  expect(rows.map(([, id]) => id)).toEqual(ids)
})

test.each(rows.map((cells) => ({ id: cells[1], cells })))(
  '$id says how, where and by which test',
  ({ cells }) => {
    const [, , promise, form, file, proof] = cells
    expect(promise).not.toBe('')
    expect(form).not.toBe('')
    if (file === 'not yet') expect(proof).toBe('not yet')
    else for (const each of [file, proof]) expect(each).toMatch(/^\[[^\]]+\]\(\.\.\/[^)]+\)$/)
    if (proof !== 'not yet') expect(proof).toMatch(/\.test\.ts\)$|\/topics\/[a-z-]+\.ts\)$/)
  },
)
