import { describe, expect, it } from 'vitest'
import { slug } from '../src/anchors.ts'
import { withSiteLinks } from '../src/links.ts'
import { repositoryUrl } from '../src/repository.ts'

const paths = new Map([
  ['README.md', 'index.md'],
  ['docs/errors.md', 'errors.md'],
  ['docs/how-to/retry.md', 'how-to/retry.md'],
  ['packages/sqlite/README.md', 'packages/sqlite.md'],
])
const inRetry = (text: string) => withSiteLinks(text, 'docs/how-to/retry.md', paths)

describe('a link of a document', () => {
  it('leads to the page of another document', () => {
    expect(inRetry('[errors](../errors.md#codes)')).toBe('[errors](../errors.md#codes)')
    expect(inRetry('[SQLite](../../packages/sqlite/README.md)')).toBe('[SQLite](../packages/sqlite.md)')
  })

  it('leads to a page from its address at the repository, and from the folder of a README', () => {
    expect(inRetry(`[errors](${repositoryUrl}/blob/main/docs/errors.md#codes)`)).toBe(
      '[errors](../errors.md#codes)',
    )
    expect(inRetry('[SQLite](../../packages/sqlite)')).toBe('[SQLite](../packages/sqlite.md)')
  })

  it('leads to the repository where it is to a source or a folder', () => {
    const url = `${repositoryUrl}/blob/main/packages/core/src/index.ts`
    expect(inRetry('[index](../../packages/core/src/index.ts)')).toBe(`[index](${url})`)
    expect(inRetry('[all](../../packages)')).toBe(`[all](${repositoryUrl}/tree/main/packages)`)
  })

  it('leads to the start page where it is to the README, and to the repository where it is to a part of it', () => {
    expect(inRetry('[Tasq](../../README.md)')).toBe('[Tasq](../index.md)')
    expect(inRetry('[install](../../README.md#install)')).toBe(
      `[install](${repositoryUrl}/blob/main/README.md#install)`,
    )
  })

  it('stays as it is where it leads elsewhere, or stands in code', () => {
    for (const text of [
      '[pg](https://node-postgres.com)',
      '[here](#below)',
      '```text\n[x](nowhere.md)\n```',
    ]) {
      expect(inRetry(text)).toBe(text)
    }
  })

  it('is an error where it leads to nothing', () => {
    expect(() => inRetry('[gone](../gone.md)')).toThrow(
      'docs/how-to/retry.md: the link ../gone.md leads to nothing',
    )
    expect(() => inRetry(`[gone](${repositoryUrl}/blob/main/docs/gone.md)`)).toThrow('leads to nothing')
  })

  it('leads to a picture of the documents beside the page', () => {
    expect(withSiteLinks('![rates](../benchmarks.svg)', 'docs/how-to/retry.md', paths)).toBe(
      '![rates](../benchmarks.svg)',
    )
  })
})

it('makes the anchors of headings as GitHub does', () => {
  expect(slug('What was acknowledged, and can still be lost')).toBe(
    'what-was-acknowledged-and-can-still-be-lost',
  )
  expect(slug('`tasq worker`')).toBe('tasq-worker')
  expect(slug('A – B')).toBe('a--b')
})
