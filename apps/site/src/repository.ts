import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The root folder of the repository. */
export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

/** This package. */
export const siteFolder: string = join(root, 'apps/site')

/** Where the pages are put that VitePress reads: made anew by each build. */
export const pagesFolder: string = join(siteFolder, '.pages')

/** Where the site is built. */
export const siteOutput: string = join(siteFolder, 'dist')

/** The branch that links to sources lead to. */
const BRANCH = 'main'

/** Where the repository is on the web, as its packages say. */
export const repositoryUrl: string = webAddress()

/** A file or folder of the repository, on the web. */
export function sourceUrl(path: string): string {
  const kind = statSync(join(root, path)).isDirectory() ? 'tree' : 'blob'
  return `${repositoryUrl}/${kind}/${BRANCH}/${path.replace(/\/$/, '')}`
}

/** Where a line of the sources is, in the words of TypeDoc. */
export const sourceLinkTemplate: string = `${repositoryUrl}/blob/${BRANCH}/packages/{path}#L{line}`

/** Where a document is edited. */
export const editUrl: string = `${repositoryUrl}/edit/${BRANCH}/`

/** The path of a file of the repository that a link to the web leads to; `undefined` for other links. */
export function pathOfSourceUrl(url: string): string | undefined {
  const raw = repositoryUrl.replace('//github.com/', '//raw.githubusercontent.com/')
  const starts = [`${repositoryUrl}/blob/${BRANCH}/`, `${repositoryUrl}/tree/${BRANCH}/`, `${raw}/${BRANCH}/`]
  const start = starts.find((each) => url.startsWith(each))
  return start === undefined ? undefined : url.slice(start.length)
}

/** Whether the repository has this file or folder. */
export function isInRepository(path: string): boolean {
  return existsSync(join(root, path))
}

/** The text of a file of the repository. */
export function textOf(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

function webAddress(): string {
  const manifest: unknown = JSON.parse(textOf('packages/core/package.json'))
  const url = /"url":"git\+(https:[^"]+)\.git"/.exec(JSON.stringify(manifest))?.[1]
  if (url === undefined) throw new Error('packages/core/package.json names no repository')
  return url
}
