import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Application, type ParameterReflection, type ProjectReflection, ReflectionKind } from 'typedoc'
import { pagesFolder, root, siteFolder, sourceLinkTemplate } from './repository.ts'
import { splitPage } from './split-page.ts'

/** What can be imported, and the file that it is made of. */
export const doors: Readonly<Record<string, string>> = {
  '@tasq/core': 'packages/core/src/index.ts',
  '@tasq/core/driver': 'packages/core/src/driver.ts',
  '@tasq/core/memory': 'packages/core/src/memory.ts',
  '@tasq/testkit': 'packages/testkit/src/index.ts',
  '@tasq/testkit/conformance': 'packages/testkit/src/conformance.ts',
  '@tasq/otel': 'packages/otel/src/index.ts',
  '@tasq/sqlite': 'packages/sqlite/src/index.ts',
  '@tasq/redis': 'packages/redis/src/index.ts',
  '@tasq/postgres': 'packages/postgres/src/index.ts',
  '@tasq/mysql': 'packages/mysql/src/index.ts',
  '@tasq/rabbitmq': 'packages/rabbitmq/src/index.ts',
  '@tasq/sqs': 'packages/sqs/src/index.ts',
}

/** The folder of the pages, from the root of the site. */
export const apiFolder = 'api'

/** Columns that say nothing that the page does not say elsewhere. */
const tables = {
  hideDefaults: false,
  hideInherited: true,
  hideModifiers: true,
  hideOverrides: true,
  hideSources: true,
}

/** Writes the reference of the API from the comments of its types: a page for each name that can be imported. The core's would be too long for one. */
export async function writeApi(): Promise<void> {
  const out = join(pagesFolder, apiFolder)
  const app = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown'],
    entryPoints: Object.values(doors).map((file) => join(root, file)),
    tsconfig: join(siteFolder, 'tsconfig.api.json'),
    logLevel: 'Error',
    // The sources have their own check.
    skipErrorChecking: true,
    excludeExternals: true,
    excludeInternal: true,
    excludePrivate: true,
    disableGit: true,
    gitRevision: 'main',
    sourceLinkTemplate,
    readme: 'none',
    ...markdown,
    outputs: [{ name: 'markdown', path: out }],
  })
  const project = await app.convert()
  if (project === undefined) throw new Error('TypeDoc found nothing to describe')
  nameParameters(project)
  for (const module of project.children ?? []) module.name = pageOf(doorOf(module.name))
  await app.generateOutputs(project)
  for (const door of Object.keys(doors)) {
    const file = join(out, `${pageOf(door)}.md`)
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replace(/^# .*$/m, () => `# ${door}`),
    )
  }
  splitPage(out, pageOf('@tasq/core'))
  writeFileSync(join(out, 'index.md'), `# API\n\n${listOf(Object.keys(doors))}\n`)
}

/** The name of the page of a door: `core-driver`. */
export function pageOf(door: string): string {
  return door.replace('@tasq/', '').replace('/', '-')
}

function listOf(names: readonly string[]): string {
  return names.map((door) => `- [${door}](./${pageOf(door)}.md)`).join('\n')
}

/** TypeDoc knows no name of a parameter that is taken apart at once. */
function nameParameters(project: ProjectReflection): void {
  for (const reflection of project.getReflectionsByKind(ReflectionKind.Parameter)) {
    if (reflection.isParameter() && reflection.name === '__namedParameters')
      reflection.name = nameOf(reflection)
  }
}

/** By its type: `options` for `HoldOptions`, `held` for `Held`. */
function nameOf({ type, flags }: ParameterReflection): string {
  if (flags.isRest) return 'inputAndOptions'
  if (type?.type !== 'reference' || type.name.endsWith('Options')) return 'options'
  return type.name.charAt(0).toLowerCase() + type.name.slice(1)
}

/** TypeDoc names a module by its file, from wherever it was started: `core/src/driver`. */
function doorOf(module: string): string {
  const found = Object.entries(doors).find(
    ([, file]) =>
      file.replace(/\.ts$/, '').replace(/\/index$/, '') === `packages/${module.replace(/^packages\//, '')}`,
  )
  if (found === undefined) throw new Error(`TypeDoc calls a module ${module}`)
  return found[0]
}

/** The look of the pages; options of typedoc-plugin-markdown, which TypeDoc does not know the types of. */
const markdown = {
  outputFileStrategy: 'modules',
  useHTMLAnchors: true,
  entryFileName: 'index',
  hideBreadcrumbs: true,
  hidePageHeader: true,
  hideGroupHeadings: false,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  propertyMembersFormat: 'table',
  enumMembersFormat: 'table',
  typeDeclarationFormat: 'table',
  tableColumnSettings: tables,
}
