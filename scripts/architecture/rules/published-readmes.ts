import type { Finding } from '../finding.ts'
import { home } from '../home.ts'
import type { Repository } from '../repository.ts'
import type { Rule } from '../rule.ts'

const link = /\]\(([^)\s]+)\)/g
const file = new RegExp(`^${home.replaceAll('.', '\\.')}/(?:blob|tree)/main/([^#]+)`)

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
        const problem = problemOf(repository, target)
        return problem === undefined ? [] : [{ file: page, line: index + 1, ...problem }]
      }),
    )
}

function problemOf(repository: Repository, target: string): Pick<Finding, 'problem' | 'remedy'> | undefined {
  if (target.startsWith('..')) {
    return { problem: `${target} is not in the package.`, remedy: `Write ${home}/blob/main/… instead.` }
  }
  const linked = file.exec(target)?.[1]?.replace(/\/$/, '')
  if (linked === undefined || repository.files.some((each) => `${each}/`.startsWith(`${linked}/`)))
    return undefined
  return { problem: `There is no ${linked}.`, remedy: 'Correct the link, or take it out.' }
}
