import { readdirSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, it } from 'vitest'
import { isPicture } from '../src/links.ts'
import { readChapters } from '../src/pages.ts'
import { ratesFile, ratesPicture } from '../src/pictures/rates.ts'
import { isInRepository, root, textOf } from '../src/repository.ts'
import { shortMatrix } from '../src/short-matrix.ts'

const documents = ['README.md', ...readChapters().flatMap(({ pages }) => pages.map(({ source }) => source))]
const shown = documents.flatMap((document) =>
  [...textOf(document).matchAll(/!\[[^\]]*\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(document), target)),
)

describe('pictures', () => {
  it('are there where a document shows them', () => {
    expect(shown).not.toEqual([])
    expect(shown.filter((picture) => !isInRepository(picture))).toEqual([])
  })

  it('are shown by a document, all of them', () => {
    const there = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
      .map((file) => `docs/${file}`)
      .filter(isPicture)
    expect(there.filter((picture) => !shown.includes(picture))).toEqual([])
  })

  it('of the rates have the figures of docs/benchmarks.md: pnpm --filter @tasq/site pictures draws them', () => {
    expect(textOf(ratesFile)).toBe(ratesPicture())
  })
})

it('the README has the driver matrix in short, as docs/driver-matrix.md has it', () => {
  expect(textOf('README.md')).toContain(shortMatrix())
})
