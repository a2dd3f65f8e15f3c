import { posix } from 'node:path'
import type { Rule } from '../rule.ts'

const link = /\]\((?!https?:|mailto:|#)([^)\s#]+)[^)]*\)/g

export const docLinks: Rule = {
  name: 'links of the documentation lead to files that are there',
  check(repository) {
    const pages = repository.files.filter((file) =>
      /^(docs\/.*|README|[^/]+\/[^/]+\/README)(\.md)$/.test(file),
    )
    return pages.flatMap((page) =>
      repository
        .text(page)
        .split('\n')
        .flatMap((text, index) =>
          [...text.matchAll(link)].flatMap(([, target = '']) => {
            const file = posix.normalize(posix.join(posix.dirname(page), decodeURI(target)))
            const isThere =
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
