import type { Finding } from '../finding.ts'
import { home } from '../home.ts'
import type { RepositoryPackage } from '../repository.ts'
import type { Rule } from '../rule.ts'

export const manifests: Rule = {
  name: 'every package.json says what users and npm need',
  check(repository) {
    const root: { engines?: unknown } = JSON.parse(repository.text('package.json'))
    return repository.packages.flatMap((found) => [
      ...required(found, { type: 'module', engines: root.engines }),
      ...(found.manifest.private === true ? [] : publicFields(found)),
    ])
  },
}

function publicFields(found: RepositoryPackage): readonly Finding[] {
  const { folder, manifest } = found
  const repository = { type: 'git', url: `git+${home}.git`, directory: folder }
  const places = { homepage: `${home}/tree/main/${folder}#readme`, bugs: `${home}/issues`, repository }
  const publishConfig = { access: 'public', provenance: true, exports: publishedExports(found) }
  const present = ['description', 'keywords', 'sideEffects', 'exports']
  return [
    ...required(found, { license: 'MIT', ...places, files: ['dist', 'CHANGELOG.md'], publishConfig }),
    ...present
      .filter((field) => manifest[field] === undefined)
      .map((field) => finding(found, `'${field}' is missing.`, 'Add it.')),
  ]
}

/** What is published: the exports without the door to the sources, which are not. */
function publishedExports({ manifest }: RepositoryPackage): Readonly<Record<string, unknown>> {
  const entries = Object.entries(manifest.exports ?? {}).map(([door, target]) => {
    if (typeof target !== 'object' || target === null) return [door, target]
    return [door, Object.fromEntries(Object.entries(target).filter(([name]) => name !== '@tasq/source'))]
  })
  return Object.fromEntries(entries)
}

function required(found: RepositoryPackage, fields: Readonly<Record<string, unknown>>): readonly Finding[] {
  return Object.entries(fields)
    .filter(([field, value]) => JSON.stringify(found.manifest[field]) !== JSON.stringify(value))
    .map(([field, value]) =>
      finding(found, `'${field}' is not as it should be.`, `Set it to ${JSON.stringify(value)}.`),
    )
}

function finding({ folder }: RepositoryPackage, problem: string, remedy: string): Finding {
  return { file: `${folder}/package.json`, problem, remedy }
}
