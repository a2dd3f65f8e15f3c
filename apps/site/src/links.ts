import { posix } from 'node:path'
import { isInRepository, pathOfSourceUrl, sourceUrl } from './repository.ts'

/** Where the documents of the repository are on the site: by their path, that of their page. */
export type PagePaths = ReadonlyMap<string, string>

const fence = /^\s*(`{3,}|~{3,})/
const link = /(\]\()([^)\s]+)(\))/g

/**
 * The text of a document, with links that work on the site: to documents that are pages there, and otherwise to the repository.
 * @param source the document, from the root of the repository.
 * @throws where a link leads to nothing.
 */
export function withSiteLinks(text: string, source: string, paths: PagePaths): string {
  const from = paths.get(source) ?? source
  let closing: string | undefined
  return text
    .split('\n')
    .map((line) => {
      const [, mark] = fence.exec(line) ?? []
      if (closing === undefined && mark === undefined) {
        return line.replace(link, (_, open: string, target: string, close: string) => {
          return `${open}${siteLink(target, source, from, paths)}${close}`
        })
      }
      if (closing === undefined) closing = mark
      else if (mark?.startsWith(closing)) closing = undefined
      return line
    })
    .join('\n')
}

function siteLink(target: string, source: string, from: string, paths: PagePaths): string {
  const [, address = '', anchor = ''] = /^([^#]*)(#.*)?$/.exec(target) ?? []
  const path = repositoryPath(address, source)
  if (path === undefined) return target
  if (!isInRepository(path)) throw new Error(`${source}: the link ${target} leads to nothing`)
  // The start page has the beginning of the README only.
  if (path === 'README.md' && anchor !== '') return `${sourceUrl(path)}${anchor}`
  const page = paths.get(path) ?? paths.get(posix.join(path, 'README.md'))
  if (page !== undefined) return `${relativeTo(from, page)}${anchor}`
  if (isPicture(path)) return relativeTo(from, path.replace(/^docs\//, ''))
  return `${sourceUrl(path)}${anchor}`
}

/** Whether a file of `docs` is shown by pages, and so is copied beside them. */
export function isPicture(path: string): boolean {
  return path.startsWith('docs/') && /\.(svg|png|gif|webp)$/.test(path)
}

/** `undefined` for links that lead out of the repository, or stay in the document. */
function repositoryPath(address: string, source: string): string | undefined {
  if (address === '') return undefined
  if (/^[a-z]+:/.test(address)) return pathOfSourceUrl(address)
  return posix.normalize(posix.join(posix.dirname(source), decodeURI(address)))
}

function relativeTo(from: string, page: string): string {
  const path = posix.relative(posix.dirname(from), page)
  return path.startsWith('.') ? path : `./${path}`
}
