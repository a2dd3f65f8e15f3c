import { describe, expect, it } from 'vitest'
import { chapters } from '../src/chapters.ts'
import { arrange, pathOf } from '../src/pages.ts'

const pagesOf = (title: string, documents: readonly string[]) =>
  arrange(documents, chapters).find((chapter) => chapter.title === title)?.pages ?? []

describe('the chapters', () => {
  it('take up a new guide, after those that they name', () => {
    expect(pagesOf('Guides', ['docs/how-to/aaa.md', 'docs/how-to/retry.md']).at(-1)).toBe(
      'docs/how-to/aaa.md',
    )
  })

  it('take up what there is for contributors, once, the overview of a folder first', () => {
    const documents = [
      'docs/decisions/0001-one-engine.md',
      'docs/decisions/README.md',
      'docs/contributing/add-a-driver.md',
      'docs/contributing/README.md',
      'docs/zebra.md',
    ]
    expect(pagesOf('Contribute', documents).filter((page) => documents.includes(page))).toEqual([
      'docs/contributing/README.md',
      'docs/contributing/add-a-driver.md',
      'docs/decisions/README.md',
      'docs/decisions/0001-one-engine.md',
      'docs/zebra.md',
    ])
  })

  it('have a place for every document', () => {
    expect(() => arrange(['docs/novel/one.md'], chapters.slice(0, 2))).toThrow(
      'apps/site/src/chapters.ts has no place for docs/novel/one.md',
    )
  })
})

it('the README of a folder is its page', () => {
  expect(pathOf('docs/decisions/README.md')).toBe('decisions/index.md')
  expect(pathOf('apps/README.md')).toBe('samples/index.md')
  expect(pathOf('apps/crawler/README.md')).toBe('samples/crawler.md')
  expect(pathOf('packages/redis/README.md')).toBe('packages/redis.md')
  expect(pathOf('docs/how-to/retry.md')).toBe('how-to/retry.md')
})
