import { execFileSync } from 'node:child_process'
import type { Repository, RepositoryPackage } from '../repository.ts'
import type { Answer, Rule } from '../rule.ts'

export const kernelChangesets: Rule = {
  name: 'a change of the SQL kernel has a changeset for every SQL driver',
  check(repository) {
    const base = baseCommit(repository)
    if (base === undefined) return { notApplicable: 'there is no branch to compare with' }
    const changed = changedFiles(repository, base)
    const kernels = repository.withRole('kernel')
    const inKernel = changed.find((file) => kernels.some(({ folder }) => file.startsWith(`${folder}/src/`)))
    if (inKernel === undefined) return { notApplicable: 'the SQL kernel has not changed' }
    return missingChangesets(repository, inKernel, changed)
  },
}

function missingChangesets(repository: Repository, inKernel: string, changed: readonly string[]): Answer {
  const changesets = changed
    .filter((file) => /^\.changeset\/(?!README)[\w-]+\.md$/.test(file) && repository.has(file))
    .map((file) => repository.text(file))
  const names =
    ({ name }: RepositoryPackage) =>
    (text: string) =>
      text.includes(`'${name}':`) || text.includes(`"${name}":`)
  return repository
    .withRole('sql-driver')
    .filter((driver) => !changesets.some(names(driver)))
    .map(({ name }) => ({
      file: inKernel,
      problem: `The SQL kernel has changed, and no changeset releases ${name}, which has it inside.`,
      remedy: `Run pnpm changeset and name ${name} in it.`,
    }))
}

/** Where this work left the base branch; nothing where it is the base branch. */
function baseCommit(repository: Repository): string | undefined {
  const { baseBranch }: { baseBranch: string } = JSON.parse(repository.text('.changeset/config.json'))
  for (const branch of [`origin/${baseBranch}`, baseBranch]) {
    const commit = git(repository, 'merge-base', 'HEAD', branch)?.trim()
    if (commit !== undefined && commit !== git(repository, 'rev-parse', 'HEAD')?.trim()) return commit
  }
  return undefined
}

/** Changed since then: in commits, in the working tree, and new. */
function changedFiles(repository: Repository, base: string): readonly string[] {
  const tracked = git(repository, 'diff', '--name-only', base) ?? ''
  const untracked = git(repository, 'ls-files', '--others', '--exclude-standard') ?? ''
  return `${tracked}\n${untracked}`.split('\n').filter((file) => file !== '')
}

function git({ root }: Repository, ...args: readonly string[]): string | undefined {
  try {
    return execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  } catch {
    return undefined // no git, no repository, or no such branch
  }
}
