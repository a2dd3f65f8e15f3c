import { execFileSync } from 'node:child_process'
import type { Finding } from '../finding.ts'
import type { Repository, RepositoryPackage } from '../repository.ts'
import type { Rule } from '../rule.ts'

/** Each kernel, and the drivers that have it inside. */
const kernels = [
  { kernel: 'kernel', drivers: 'sql-driver', name: 'The SQL kernel' },
  { kernel: 'broker-kernel', drivers: 'broker-driver', name: 'The kernel of the brokers' },
] as const

export const kernelChangesets: Rule = {
  name: 'a change of a kernel has a changeset for every driver that has it inside',
  check(repository) {
    const base = baseCommit(repository)
    if (base === undefined) return { notApplicable: 'there is no branch to compare with' }
    const changed = changedFiles(repository, base)
    const findings = kernels.flatMap(({ kernel, drivers, name }) => {
      const folders = repository.withRole(kernel).map(({ folder }) => `${folder}/src/`)
      const inKernel = changed.find((file) => folders.some((folder) => file.startsWith(folder)))
      if (inKernel === undefined) return []
      return [missingChangesets(repository, repository.withRole(drivers), { name, inKernel, changed })]
    })
    return findings.length === 0 ? { notApplicable: 'no kernel has changed' } : findings.flat()
  },
}

interface KernelChange {
  readonly name: string
  /** A file of it that has changed. */
  readonly inKernel: string
  /** Everything that has. */
  readonly changed: readonly string[]
}

function missingChangesets(
  repository: Repository,
  drivers: readonly RepositoryPackage[],
  { name: kernel, inKernel, changed }: KernelChange,
): readonly Finding[] {
  const changesets = changed
    .filter((file) => /^\.changeset\/(?!README)[\w-]+\.md$/.test(file) && repository.has(file))
    .map((file) => repository.text(file))
  const names =
    ({ name }: RepositoryPackage) =>
    (text: string) =>
      text.includes(`'${name}':`) || text.includes(`"${name}":`)
  return drivers
    .filter((driver) => !changesets.some(names(driver)))
    .map(({ name }) => ({
      file: inKernel,
      problem: `${kernel} has changed, and no changeset releases ${name}, which has it inside.`,
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
