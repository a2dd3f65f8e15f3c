import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { root } from '../root.ts'
import { readPromises } from '../testing/promises.ts'

/** How many promises each of the five systems makes. */
const PROMISES = { A: 46, S: 16, C: 33, U: 33, Q: 26 }

const rows = readPromises(root)

test('each promise has its row, in order', () => {
  const ids = Object.entries(PROMISES).flatMap(([system, count]) =>
    Array.from({ length: count }, (_, index) => `${system}${index + 1}`),
  )
  expect(rows.map(({ id }) => id)).toEqual(ids)
})

test.each(rows)('$id says how, where and by which tests', ({ cells, proofs }) => {
  const [, promise, form, file, proof] = cells
  expect(promise).not.toBe('')
  expect(form).not.toBe('')
  if (file === 'not yet') expect([proof, proofs]).toEqual(['not yet', []])
  else {
    expect(file).toMatch(/^\[[^\]]+\]\(\.\.\/[^)]+\)$/)
    expect(proof).toMatch(/^\[[^\]]+\]\(\.\.\/[^)]+\)(, \[[^\]]+\]\(\.\.\/[^)]+\))*$/)
  }
  const [, path] = /\(\.\.\/([^)]+)\)$/.exec(file ?? '') ?? []
  if (path !== undefined) expect(existsSync(join(root, path)), path).toBe(true)
  for (const each of proofs) {
    expect(each).toMatch(/\.test\.ts$|\/topics\/[a-z-]+\.ts$|\/driver-tests\/src\/[a-z-]+\.ts$/)
    expect(existsSync(join(root, each)), each).toBe(true)
  }
})
