import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { apiFolder, doors, pageOf } from '../src/api.ts'
import { readChapters } from '../src/pages.ts'
import { siteOutput } from '../src/repository.ts'

const files = readdirSync(siteOutput, { recursive: true, encoding: 'utf8' })
const html = new Map(
  files
    .filter((file) => file.endsWith('.html'))
    .map((file) => [file, readFileSync(join(siteOutput, file), 'utf8')] as const),
)
const documents = readChapters().flatMap(({ pages }) => pages)

describe('the site', () => {
  it('has a page for every document, and for all that can be imported', () => {
    const wanted = documents.map(({ path }) => path.replace(/\.md$/, '.html'))
    const api = Object.keys(doors).map((door) => `${apiFolder}/${pageOf(door)}.html`)
    expect([...html.keys()]).toEqual(expect.arrayContaining([...wanted, ...api, 'index.html']))
  })

  it('has no link to a page or a heading that is not there', () => {
    const ids = new Map([...html].map(([file, text]) => [file, idsOf(text)] as const))
    const dead = [...html].flatMap(([file, text]) =>
      linksOf(text).flatMap((link) => {
        const { pathname, hash } = new URL(link, `https://site/${file.replace(/(index)?\.html$/, '')}`)
        const target = ids.get(fileOf(pathname))
        if (target === undefined) return [`${file}: ${link} leads to no page`]
        const isThere = hash === '' || target.has(decodeURIComponent(hash.slice(1)))
        return isThere ? [] : [`${file}: ${link} leads to no heading`]
      }),
    )
    expect([...new Set(dead)]).toEqual([])
  })

  it('asks no other server for anything', () => {
    const asked = [...html].flatMap(([file, text]) =>
      [...text.matchAll(/<(?:link|script|img|iframe)\b[^>]*?(?:href|src)="(?:https?:)?\/\/[^"]+"/g)].map(
        ([tag]) => `${file}: ${tag}`,
      ),
    )
    const styles = files.filter((file) => file.endsWith('.css'))
    expect(styles).not.toEqual([])
    for (const file of styles) {
      expect(readFileSync(join(siteOutput, file), 'utf8')).not.toMatch(/url\(["']?(https?:)?\/\/|@font-face/)
    }
    expect(asked).toEqual([])
  })

  it('has every page in the index of its search', () => {
    const index = files.find((file) => /@localSearchIndexroot\..*\.js$/.test(file))
    const text = readFileSync(join(siteOutput, index ?? 'no index of the search'), 'utf8')
    const missing = documents.filter(({ path }) => !text.includes(`/${path.replace(/(index)?\.md$/, '')}#`))
    expect(missing.map(({ path }) => path)).toEqual([])
    const words = ['visibilitytimeout', 'unknowntaskgrace', 'debounceoptions']
    expect(words.filter((word) => !text.toLowerCase().includes(`"${word}"`))).toEqual([])
  })

  it('lets every document be edited where it stands', () => {
    const wrong = documents.filter(
      ({ path, source }) => !html.get(path.replace(/\.md$/, '.html'))?.includes(`/edit/main/${source}"`),
    )
    expect(wrong.map(({ path }) => path)).toEqual([])
  })
})

function idsOf(text: string): ReadonlySet<string> {
  return new Set([...text.matchAll(/\sid="([^"]+)"/g)].map(([, id = '']) => id))
}

/** Those that stay on the site. */
function linksOf(text: string): readonly string[] {
  return [...text.matchAll(/<a\b[^>]*?\shref="([^"]+)"/g)]
    .map(([, link = '']) => link.replaceAll('&amp;', '&'))
    .filter((link) => !/^[a-z]+:/.test(link))
}

function fileOf(pathname: string): string {
  const path = decodeURIComponent(pathname).slice(1)
  if (path === '' || path.endsWith('/')) return `${path}index.html`
  return path.endsWith('.html') ? path : `${path}.html`
}
