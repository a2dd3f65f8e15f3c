import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type ChapterPlan, chapters } from './chapters.ts'
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
  return arrange(documents, chapters).map(({ title, pages }) => ({ title, pages: pages.map(pageOf) }))
}

/**
 * What each chapter has: the documents that it names, then those of its folders that no chapter names, of each folder its README first.
 * @throws where no chapter has a place for a document.
 */
export function arrange(documents: readonly string[], plans: readonly ChapterPlan[]): readonly ChapterPlan[] {
  const named = new Set(plans.flatMap(({ pages }) => pages))
  const sorted = [...documents].sort(
    (a, b) => Number(isOverview(b)) - Number(isOverview(a)) || a.localeCompare(b, 'en'),
  )
  const left = new Set(sorted.filter((file) => !named.has(file)))
  const take = (folder: string) => {
    const taken = [...left].filter((file) => file.startsWith(`${folder}/`))
    for (const file of taken) left.delete(file)
    return taken
  }
  const arranged = plans.map(({ title, pages, folders = [] }) => ({
    title,
    pages: [...pages, ...folders.flatMap(take)],
  }))
  if (left.size > 0) throw new Error(`apps/site/src/chapters.ts has no place for ${[...left].join(', ')}`)
  return arranged
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

/** Whether a document tells what is in its folder. */
function isOverview(source: string): boolean {
  return /(^|\/)(README|index)\.md$/.test(source)
}

/** CONTRIBUTING.md is not called like the folder of its pages, `docs/contributing`. */
export function pathOf(source: string): string {
  if (source === 'CONTRIBUTING.md') return 'contribute.md'
  const [, readme] = /^packages\/([^/]+)\/README\.md$/.exec(source) ?? []
  if (readme !== undefined) return `packages/${readme}.md`
  const [, app] = /^apps\/([^/]+)\/README\.md$/.exec(source) ?? []
  if (app !== undefined) return `samples/${app}.md`
  const path = source.replace(/^docs\//, '').replace(/^apps\//, 'samples/')
  if (isOverview(source)) return path.replace(/[^/]+$/, 'index.md')
  return source.startsWith('docs/') ? path : path.toLowerCase()
}
