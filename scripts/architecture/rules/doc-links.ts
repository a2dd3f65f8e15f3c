import { posix } from 'node:path'
import { home } from '../home.ts'
import type { Rule } from '../rule.ts'

const link = /\]\((?!mailto:|#)([^)\s#]+)[^)]*\)/g
/** How documents that are also read elsewhere, such as on npm, name a file of this repository. */
const onTheWeb = new RegExp(`^${home.replaceAll('.', '\\.')}/(?:blob|tree)/main/`)

export const docLinks: Rule = {
  name: 'links of the documentation lead to files that are there',
  check(repository) {
    const pages = repository.files.filter((file) =>
      /^(docs\/.*|\.github\/.*|[^/]+|[^/]+\/[^/]+\/README)(\.md)$/.test(file),
    )
    return pages.flatMap((page) =>
      repository
        .text(page)
        .split('\n')
        .flatMap((text, index) =>
          [...text.matchAll(link)].flatMap(([, target = '']) => {
            const file = pathOf(target, page)
            const isThere =
              file === undefined ||
              repository.has(file) ||
              repository.files.some((each) => each.startsWith(`${file.replace(/\/$/, '')}/`))
            if (isThere) return []
            const remedy = 'Correct the link, or take it out.'
            return [{ file: page, line: index + 1, problem: `There is no ${file}.`, remedy }]
          }),
        ),
    )
  },
}

/** From the root of the repository; nothing for links that lead out of it. */
function pathOf(target: string, page: string): string | undefined {
  if (onTheWeb.test(target)) return posix.normalize(decodeURI(target.replace(onTheWeb, '')))
  if (/^[a-z]+:/.test(target)) return undefined
  return posix.normalize(posix.join(posix.dirname(page), decodeURI(target)))
}
