import type { Rule } from '../rule.ts'

const lockfile = 'pnpm-lock.yaml'

export const lockfileHosts: Rule = {
  name: 'the lockfile names no host',
  check(repository) {
    if (!repository.has(lockfile)) {
      return [{ file: lockfile, problem: 'This file is missing.', remedy: 'Run pnpm install and commit it.' }]
    }
    return repository
      .text(lockfile)
      .split('\n')
      .flatMap((text, index) => {
        // What authors say of a deprecated version may have a link in it.
        if (!text.includes('://') || /^\s*deprecated:/.test(text)) return []
        const problem = `This line ties the installation to a host: ${text.trim()}.`
        const remedy = 'Install with the default registry and without lockfile-include-tarball-url.'
        return [{ file: lockfile, line: index + 1, problem, remedy }]
      })
  },
}
