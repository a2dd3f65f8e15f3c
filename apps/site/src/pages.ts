import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { chapters } from './chapters.ts'
import { root, textOf } from './repository.ts'

/** A document of the repository that is a page of the site. */
export interface Page {
  /** From the root of the repository: `docs/how-to/retry.md`. */
  readonly source: string
  /** From the root of the site: `how-to/retry.md`. */
  readonly path: string
  /** Its first heading. */
  readonly title: string
}

/** A group of the sidebar. */
export interface Chapter {
  readonly title: string
  readonly pages: readonly Page[]
}

/** Every document of `docs`, and those outside of it that a chapter names, in the order in which they are read. */
export function readChapters(): readonly Chapter[] {
  const documents = readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.md'))
    .sort()
  const named = new Set(chapters.flatMap(({ pages }) => pages))
  const left = new Set(documents.filter((file) => !named.has(file)))
  const read = chapters.map(({ title, pages, folders = [] }) => {
    const others = [...left].filter((file) => folders.some((folder) => file.startsWith(`${folder}/`)))
    for (const file of others) left.delete(file)
    return { title, pages: [...pages, ...others].map(pageOf) }
  })
  if (left.size > 0) {
    throw new Error(`apps/site/src/chapters.ts has no place for ${[...left].join(', ')}`)
  }
  return read
}

/** @throws where a document has no heading. */
export function titleOf(source: string): string {
  const heading = /^# (.+)$/m.exec(textOf(source))?.[1]
  if (heading === undefined) throw new Error(`${source} has no heading`)
  return heading.replaceAll('`', '')
}

function pageOf(source: string): Page {
  return { source, path: pathOf(source), title: titleOf(source) }
}

function pathOf(source: string): string {
  const [, readme] = /^packages\/([^/]+)\/README\.md$/.exec(source) ?? []
  if (readme !== undefined) return `packages/${readme}.md`
  const [, app] = /^apps\/([^/]+)\/README\.md$/.exec(source) ?? []
  if (app !== undefined) return `samples/${app}.md`
  return source.startsWith('docs/') ? source.slice('docs/'.length) : source.toLowerCase()
}
