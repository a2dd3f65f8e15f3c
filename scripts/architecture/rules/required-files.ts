import { basename, matchesGlob } from 'node:path'
import { requiredFiles } from '../conventions.ts'
import type { Finding } from '../finding.ts'
import type { Repository, RepositoryPackage } from '../repository.ts'
import type { Rule } from '../rule.ts'

export const requiredFilesThere: Rule = {
  name: 'packages have a known role, a README, and drivers the same files as their like',
  check(repository) {
    return repository.packages
      .filter(({ folder }) => folder.startsWith('packages/'))
      .flatMap((found) => [...unknownRole(found), ...missingFiles(repository, found)])
  },
}

function unknownRole({ folder, role }: RepositoryPackage): readonly Finding[] {
  if (role !== undefined) return []
  const remedy = 'Add it to scripts/architecture/conventions.ts, and a driver to the required files there.'
  return [{ file: `${folder}/package.json`, problem: 'What this package is, no rule knows.', remedy }]
}

function missingFiles({ files }: Repository, { folder, manifest }: RepositoryPackage): readonly Finding[] {
  const documents = manifest.private === true ? [] : ['README.md']
  return [...documents, ...(requiredFiles[basename(folder)] ?? [])]
    .map((pattern) => `${folder}/${pattern}`)
    .filter((pattern) => !files.some((file) => matchesGlob(file, pattern)))
    .map((pattern) => ({
      file: pattern,
      problem: 'This file is missing.',
      remedy: `Every package of this kind has it; see scripts/architecture/conventions.ts.`,
    }))
}
