import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'
import { Repository } from '../../architecture/repository.ts'
import type { Rule } from '../../architecture/rule.ts'

/** Contents by file. */
export type Files = Readonly<Record<string, string>>

const engines = { node: '>=22' }

/** A package.json that no rule has anything against. */
export function manifest(folder: string, doors: Readonly<Record<string, string>> = { '.': 'index' }): string {
  const exported = (fields: (door: string) => object) =>
    Object.fromEntries(Object.entries(doors).map(([name, door]) => [name, fields(door)]))
  const published = (door: string) => ({ types: `./dist/${door}.d.ts`, default: `./dist/${door}.js` })
  return JSON.stringify({
    name: `@tasq/${folder.split('/')[1]}`,
    description: 'A package',
    keywords: ['tasq'],
    homepage: `https://github.com/tasq/tasq/tree/main/${folder}#readme`,
    bugs: 'https://github.com/tasq/tasq/issues',
    type: 'module',
    license: 'MIT',
    repository: { type: 'git', url: 'git+https://github.com/tasq/tasq.git', directory: folder },
    engines,
    sideEffects: false,
    exports: exported((door) => ({ '@tasq/source': `./src/${door}.ts`, ...published(door) })),
    files: ['dist', 'CHANGELOG.md'],
    publishConfig: { access: 'public', provenance: true, exports: exported(published) },
  })
}

/** A private package.json. */
export function privateManifest(name: string, fields: object = {}): string {
  return JSON.stringify({ name, private: true, type: 'module', engines, ...fields })
}

/** A small repository in which every rule holds. */
const sound: Files = {
  'package.json': JSON.stringify({ engines }),
  'pnpm-lock.yaml': 'lockfileVersion: 9\n',
  '.changeset/config.json': '{ "baseBranch": "main" }',
  'docs/errors.md': '`TASQ_BROKEN`: something broke.\n',
  'packages/core/package.json': manifest('packages/core', { '.': 'index', './driver': 'driver' }),
  'packages/core/README.md': '# core',
  'packages/core/src/index.ts': "export { run } from './engine/run.ts'\n",
  'packages/core/src/driver.ts': "export type { Lease } from './contract/lease.ts'\n",
  'packages/core/src/errors.ts': "export const broken = 'TASQ_BROKEN'\n",
  'packages/core/src/contract/lease.ts':
    '/** A lease. */\nexport interface Lease {\n  readonly id: string\n}\n',
  'packages/core/src/engine/run.ts': '/** Runs. */\nexport function run(): void {}\n',
  'packages/core/src/client/client.ts': 'export const client = 1\n',
  'packages/sql-kernel/package.json': privateManifest('@tasq/sql-kernel', {
    exports: { '.': './src/index.ts' },
  }),
  'packages/sql-kernel/src/index.ts':
    "import type { Lease } from '@tasq/core/driver'\nexport type Row = Lease\n",
  'packages/sqlite/package.json': manifest('packages/sqlite'),
  'packages/sqlite/README.md': '# sqlite',
  'packages/sqlite/src/index.ts':
    "import type { Row } from '@tasq/sql-kernel'\n/** A driver. */\nexport type Driver = Row\n",
  'packages/sqlite/src/options.ts': 'export const options = 1\n',
  'packages/sqlite/src/session.ts': "export const begin = 'BEGIN IMMEDIATE'\n",
  'packages/sqlite/src/dialect.ts': 'export const dialect = 1\n',
  'packages/sqlite/src/errors.ts': 'export const errors = 1\n',
  'packages/sqlite/src/wakeups.ts': 'export const wakeups = 1\n',
  'packages/sqlite/src/diagnostics.ts': 'export const diagnostics = 1\n',
  'packages/sqlite/src/statements/claim.sql': 'SELECT 1',
  'packages/sqlite/src/migrations/0001.sql': 'CREATE TABLE tasks (id)',
  'packages/testkit/package.json': manifest('packages/testkit'),
  'packages/testkit/README.md': '# testkit',
  'packages/testkit/src/index.ts':
    "import { run } from '@tasq/core'\n/** Runs in a test. */\nexport const runInTest = run\n",
  'packages/cli/package.json': manifest('packages/cli'),
  'packages/cli/README.md': '# cli',
  'packages/cli/src/index.ts': '/** Runs a command. */\nexport function main(): void {}\n',
  'apps/quickstart/package.json': privateManifest('@tasq/quickstart'),
  'apps/quickstart/src/main.ts': "import '@tasq/cli'\nimport '@tasq/core'\nimport '@tasq/sqlite'\n",
  'scripts/package.json': privateManifest('@tasq/scripts'),
}

/** Makes that repository, with these files changed or added; it is gone when the test is over. */
export function repositoryWith(changes: Files = {}): Repository {
  const root = mkdtempSync(join(tmpdir(), 'tasq-architecture-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  const files = { ...sound, ...changes }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  linkPackages(root, files)
  return new Repository(root)
}

function linkPackages(root: string, files: Files): void {
  mkdirSync(join(root, 'node_modules/@tasq'), { recursive: true })
  for (const file of Object.keys(files)) {
    const [, name] = /^packages\/([^/]+)\/package\.json$/.exec(file) ?? []
    if (name === undefined) continue
    symlinkSync(join(root, 'packages', name), join(root, 'node_modules/@tasq', name), 'junction')
  }
}

/** Where a rule is broken in that repository, as `file:line: problem`. */
export async function findings(rule: Rule, changes: Files = {}): Promise<readonly string[]> {
  const answer = await rule.check(repositoryWith(changes))
  if ('notApplicable' in answer) return [`not applicable: ${answer.notApplicable}`]
  return answer.map(
    ({ file, line, problem }) => `${line === undefined ? file : `${file}:${line}`}: ${problem}`,
  )
}
