import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join, relative, sep } from 'node:path'
import ts from 'typescript'
import { type Manifest, readManifest } from './public-packages.ts'

/** What may be in a tarball: built code with its types and source maps, and the documents around it. */
const allowed = /^(package\.json|README\.md|LICENSE|CHANGELOG\.md|dist\/[\w./-]+(\.js|\.js\.map|\.d\.ts))$/

/** What is wrong with an unpacked tarball. */
export function problemsOfContents(folder: string): readonly string[] {
  const manifest = readManifest(folder)
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
  return [
    ...missing(manifest, files),
    ...files.filter((file) => !allowed.test(file)).map((file) => `${file} should not be in the tarball.`),
    ...files.filter((file) => file.endsWith('.js.map')).flatMap((file) => problemsOfMap(folder, file)),
    ...files
      .filter((file) => /\.(js|d\.ts)$/.test(file))
      .flatMap((file) => undeclared(folder, file, manifest)),
    ...leftovers(manifest),
  ]
}

function missing({ version }: Manifest, files: readonly string[]): readonly string[] {
  const required = ['README.md', 'LICENSE', 'dist/index.js', 'dist/index.d.ts']
  if (version !== '0.0.0') required.push('CHANGELOG.md') // written with the first release
  return required.filter((file) => !files.includes(file)).map((file) => `${file} is missing in the tarball.`)
}

/** The sources are not published, so a source map is of use only with their text in it. */
function problemsOfMap(folder: string, file: string): readonly string[] {
  const map: { sources: string[]; sourcesContent?: string[] } = JSON.parse(
    readFileSync(join(folder, file), 'utf8'),
  )
  const complete = map.sources.every((_, index) => typeof map.sourcesContent?.[index] === 'string')
  return complete ? [] : [`${file} has no text of its sources (sourcesContent).`]
}

/** What is imported but no dependency, such as a private package whose types were not bundled. */
function undeclared(folder: string, file: string, manifest: Manifest): readonly string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, file), 'utf8'))
  const declared = { ...manifest.dependencies, ...manifest.peerDependencies, [manifest.name]: '' }
  return importedFiles
    .map(({ fileName }) => fileName)
    .filter((name) => !name.startsWith('.') && !isBuiltin(name))
    .filter((name) => declared[packageOf(name)] === undefined)
    .map((name) => `${file} imports ${name}, which is not among the dependencies of ${manifest.name}.`)
}

/** `@tasq/core` of `@tasq/core/driver`. */
function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** What holds inside the repository only. */
function leftovers(manifest: Manifest): readonly string[] {
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.peerDependencies })
  const problems = ranges
    .filter(([, range]) => range.startsWith('workspace:'))
    .map(([name, range]) => `package.json still has '${name}': '${range}': pack it with pnpm.`)
  if (JSON.stringify(manifest.exports).includes('@tasq/source')) {
    problems.push("package.json still exports '@tasq/source': list every door in publishConfig.exports too.")
  }
  return problems
}
