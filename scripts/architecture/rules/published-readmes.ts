import type { Finding } from '../finding.ts'
import { home } from '../home.ts'
import type { Repository } from '../repository.ts'
import type { Rule } from '../rule.ts'

const link = /\]\(([^)\s]+)\)/g

export const publishedReadmes: Rule = {
  name: 'READMEs of published packages lead out of them by full addresses, since they are read on npm too',
  check(repository) {
    return repository.packages
      .filter(({ manifest }) => manifest.private !== true)
      .map(({ folder }) => `${folder}/README.md`)
      .filter((page) => repository.has(page))
      .flatMap((page) => findingsOf(repository, page))
  },
}

function findingsOf(repository: Repository, page: string): readonly Finding[] {
  return repository
    .text(page)
    .split('\n')
    .flatMap((text, index) =>
      [...text.matchAll(link)].flatMap(([, target = '']) => {
        if (!target.startsWith('..')) return []
        const problem = `${target} is not in the package.`
        return [{ file: page, line: index + 1, problem, remedy: `Write ${home}/blob/main/… instead.` }]
      }),
    )
}
