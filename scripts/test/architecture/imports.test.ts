import { expect, test } from 'vitest'
import { imports } from '../../architecture/rules/imports.ts'
import { type Files, findings, manifest, privateManifest } from './fixture.ts'

/** What is broken, the files that break it, and where the rule says so. */
const broken: readonly (readonly [what: string, changes: Files, place: string, problem: string])[] = [
  [
    'core imports a driver',
    { 'packages/core/src/engine/run.ts': "import '@tasq/sqlite'\n" },
    'packages/core/src/engine/run.ts:1',
    'core imports no other package',
  ],
  [
    'a driver imports the door of applications',
    {
      'packages/sqlite/src/dialect.ts':
        "\nimport type { run } from '@tasq/core'\nexport type Run = typeof run\n",
    },
    'packages/sqlite/src/dialect.ts:2',
    'SQL drivers import @tasq/core/driver',
  ],
  [
    'a driver imports another',
    {
      'packages/redis/package.json': manifest('packages/redis'),
      'packages/redis/src/index.ts': "import '@tasq/sqlite'\n",
    },
    'packages/redis/src/index.ts:1',
    'drivers import @tasq/core/driver, and no other driver',
  ],
  [
    'a driver without SQL imports the kernel',
    {
      'packages/redis/package.json': manifest('packages/redis'),
      'packages/redis/src/index.ts': "import '@tasq/sql-kernel'\n",
    },
    'packages/redis/src/index.ts:1',
    'drivers import @tasq/core/driver, and no other driver',
  ],
  [
    'the kernel imports a driver',
    { 'packages/sql-kernel/src/index.ts': "export const driver = () => import('@tasq/sqlite')\n" },
    'packages/sql-kernel/src/index.ts:1',
    'a kernel imports @tasq/core/driver only',
  ],
  [
    'the contract imports the engine',
    { 'packages/core/src/contract/lease.ts': "export type { run as Lease } from '../engine/run.ts'\n" },
    'packages/core/src/contract/lease.ts:1',
    'the contract imports only itself',
  ],
  [
    'the engine imports the client',
    {
      'packages/core/src/engine/run.ts':
        "import { client } from '../client/client.ts'\nexport const run = client\n",
    },
    'packages/core/src/engine/run.ts:1',
    'the engine imports nothing of the client',
  ],
  [
    'the memory driver imports the engine',
    { 'packages/core/src/memory/memory-driver.ts': "import '../engine/run.ts'\n" },
    'packages/core/src/memory/memory-driver.ts:1',
    'the memory driver imports only',
  ],
  [
    'the testkit imports a driver',
    { 'packages/testkit/src/index.ts': "import '@tasq/sqlite'\n" },
    'packages/testkit/src/index.ts:1',
    'the testkit imports core only',
  ],
  [
    'a test imports what its dependency does not export',
    { 'packages/sqlite/test/index.test.ts': "import '../../core/src/engine/run.ts'\n" },
    'packages/sqlite/test/index.test.ts:1',
    'packages are imported by their public doors',
  ],
  [
    'the command line brings a driver along',
    {
      'packages/redis/package.json': manifest('packages/redis'),
      'packages/redis/src/index.ts': '/** A driver. */\nexport const redis = 1\n',
      'packages/cli/src/index.ts': "import '@tasq/sqlite'\nimport '@tasq/redis'\n",
    },
    'packages/cli/src/index.ts:2',
    'the command line imports core, and drivers when it runs',
  ],
  [
    'a package imports an app',
    {
      'apps/sample/package.json': privateManifest('@tasq/sample'),
      'apps/sample/src/main.ts': 'export const sample = 1\n',
      'packages/cli/src/index.ts': "import '../../../apps/sample/src/main.ts'\n",
    },
    'packages/cli/src/index.ts:1',
    'packages are imported by their public doors',
  ],
  [
    'a producer imports a handler',
    {
      'apps/sample/package.json': privateManifest('@tasq/sample'),
      'apps/sample/src/send.handler.ts': 'export const send = 1\n',
      'apps/sample/src/main.ts': "\nexport const later = () => import('./send.handler.ts')\n",
    },
    'apps/sample/src/main.ts:2',
    'producers import no handler',
  ],
  [
    'what a producer shares with a worker imports the handler for a process',
    {
      'apps/sample/package.json': privateManifest('@tasq/sample'),
      'apps/sample/src/resize.process.ts': 'export default function resize(): void {}\n',
      'apps/sample/src/tasks.ts':
        "import type resize from './resize.process.ts'\nexport type Resize = typeof resize\n",
    },
    'apps/sample/src/tasks.ts:1',
    'producers import no handler',
  ],
  [
    'files import one another in a circle',
    {
      'packages/sqlite/src/dialect.ts': "import './options.ts'\n",
      'packages/sqlite/src/options.ts': "import './dialect.ts'\n",
    },
    'packages/sqlite/src/dialect.ts:1',
    'imports have no cycle',
  ],
  [
    'an import leads nowhere',
    { 'packages/sqlite/src/dialect.ts': "import './nowhere.ts'\n" },
    'packages/sqlite/src/dialect.ts:1',
    'imports lead somewhere',
  ],
  [
    'a path leads into another package',
    { 'packages/sqlite/src/dialect.ts': "import '../../core/src/driver.ts'\n" },
    'packages/sqlite/src/dialect.ts:1',
    "'../../core/src/driver.ts' is a path into another package",
  ],
]

test.each(broken)('%s', async (_, changes, place, problem) => {
  const found = await findings(imports, changes)
  expect(found.find((finding) => finding.startsWith(`${place}: ${problem}`))).toBeDefined()
  expect(found.filter((finding) => !finding.startsWith(`${place}: `))).toEqual([])
})

test('the command line may look a driver up when it runs', async () => {
  const changes = {
    'packages/redis/package.json': manifest('packages/redis'),
    'packages/redis/src/index.ts': '/** A driver. */\nexport const redis = 1\n',
    'packages/cli/src/index.ts': "/** Finds it. */\nexport const find = () => import('@tasq/redis')\n",
  }
  expect(await findings(imports, changes)).toEqual([])
})

test('a source that imports a development dependency breaks at its users', async () => {
  const changes = {
    'packages/sqlite/package.json': manifest('packages/sqlite').replace(
      '{',
      '{"devDependencies":{"pg":"1"},',
    ),
    'packages/sqlite/node_modules/pg/package.json': '{"name":"pg","main":"index.js"}',
    'packages/sqlite/node_modules/pg/index.js': '',
    'packages/sqlite/src/dialect.ts': "import 'pg'\n",
  }
  expect(await findings(imports, changes)).toEqual([
    expect.stringMatching(/^packages\/sqlite\/src\/dialect\.ts:1: sources import what their package\.json/),
  ])
})
