import { homedir } from 'node:os'
import type { Rule } from '../rule.ts'

export const machinePaths: Rule = {
  name: 'no file names a path of the machine that it was written on',
  check(repository) {
    const patterns = pathsOfMachines(repository.root)
    const files = repository.files.filter((file) => !/\.(png|jpg|gif|ico|woff2?|db|tgz)$/.test(file))
    return files.flatMap((file) =>
      repository
        .text(file)
        .split('\n')
        .flatMap((text, index) => {
          const path = patterns.map((pattern) => pattern.exec(text)?.[0]).find((found) => found !== undefined)
          if (path === undefined) return []
          const remedy = 'Make it relative, or find it out when the program runs.'
          return [{ file, line: index + 1, problem: `'${path}' is a path of one machine.`, remedy }]
        }),
    )
  },
}

/** Home folders of anyone, and the places of this repository and of this user. */
function pathsOfMachines(root: string): readonly RegExp[] {
  const here = [root, homedir()]
    .filter((path) => path.length > 1)
    .map((path) => new RegExp(`(?<![\\w./-])${path.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?![\\w.-])`))
  return [/(?<![\w.-])\/(home|Users)\/[\w.-]+/, /\b[A-Z]:\\Users\\/, ...here]
}
