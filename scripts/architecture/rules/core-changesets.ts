import type { Finding } from '../finding.ts'
import type { Repository, RepositoryPackage } from '../repository.ts'
import type { Rule } from '../rule.ts'

const core = '@tasq/core'
const changeset = /^\.changeset\/(?!README)[\w-]+\.md$/
const release = /^['"]?(@tasq\/[\w-]+)['"]?:\s*(major|minor|patch)\s*$/gm

/** Changesets would make it a patch, and a user who updates to it would be told of a conflict of peers. */
export const coreChangesets: Rule = {
  name: 'a release of the core that breaks users is as much for the packages that need it',
  check(repository) {
    const breaking = breakingBump(repository)
    const releases = releasesIn(repository)
    if (!releases.has(`${core}: ${breaking}`)) return []
    return repository.packages
      .filter(needsCore)
      .filter(({ name }) => !releases.has(`${name}: ${breaking}`))
      .map((found) => finding(found, breaking))
  },
}

/** Below 1.0.0 that is a minor. */
function breakingBump(repository: Repository): 'major' | 'minor' {
  const { version }: { version?: string } = JSON.parse(repository.text('packages/core/package.json'))
  return version === undefined || version.startsWith('0.') ? 'minor' : 'major'
}

/** Such as `@tasq/core: minor`. */
function releasesIn(repository: Repository): ReadonlySet<string> {
  const texts = repository.files.filter((file) => changeset.test(file)).map((file) => repository.text(file))
  return new Set(
    texts.flatMap((text) => [...text.matchAll(release)].map(([, name, bump]) => `${name}: ${bump}`)),
  )
}

function needsCore({ manifest }: RepositoryPackage): boolean {
  const needed = [manifest['dependencies'], manifest['peerDependencies']]
  return manifest.private !== true && needed.some((names) => Object.keys(names ?? {}).includes(core))
}

function finding({ name, folder }: RepositoryPackage, breaking: string): Finding {
  return {
    file: `${folder}/package.json`,
    problem: `A changeset releases a ${breaking} of ${core}, and none a ${breaking} of ${name}, which needs it.`,
    remedy: `Run pnpm changeset, and say for ${name} that it needs the new ${core}.`,
  }
}
