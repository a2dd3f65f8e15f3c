import { homedir } from 'node:os'
import { expect, test } from 'vitest'
import type { Rule } from '../../architecture/rule.ts'
import { coreChangesets } from '../../architecture/rules/core-changesets.ts'
import { docLinks } from '../../architecture/rules/doc-links.ts'
import { docstrings } from '../../architecture/rules/docstrings.ts'
import { errorCodes } from '../../architecture/rules/error-codes.ts'
import { forbiddenCode } from '../../architecture/rules/forbidden-code.ts'
import { kernelNames } from '../../architecture/rules/kernel-names.ts'
import { lockfileHosts } from '../../architecture/rules/lockfile.ts'
import { machinePaths } from '../../architecture/rules/machine-paths.ts'
import { manifests } from '../../architecture/rules/manifests.ts'
import { optionDefaults } from '../../architecture/rules/option-defaults.ts'
import { publishedReadmes } from '../../architecture/rules/published-readmes.ts'
import { redisCommandsInLua } from '../../architecture/rules/redis-commands.ts'
import { requiredFilesThere } from '../../architecture/rules/required-files.ts'
import { sqlText } from '../../architecture/rules/sql-text.ts'
import { type Files, findings, manifest, privateManifest } from './fixture.ts'

/** What is broken, the rule, the files that break it, and how the finding begins. */
type Broken = readonly [what: string, rule: Rule, changes: Files, finding: string]

const lease = 'packages/core/src/contract/lease.ts'
const run = 'packages/core/src/engine/run.ts'
const dialect = 'packages/sqlite/src/dialect.ts'
const session = 'packages/sqlite/src/session.ts'

/** A package.json of a package that has the core as its peer. */
function withCore(folder: string): string {
  return JSON.stringify({
    ...JSON.parse(manifest(folder)),
    peerDependencies: { '@tasq/core': 'workspace:^' },
  })
}

const broken: readonly Broken[] = [
  [
    'a package of no known kind',
    requiredFilesThere,
    { 'packages/mongo/package.json': privateManifest('@tasq/mongo') },
    'packages/mongo/package.json: What this package is',
  ],
  [
    'a link to a file that is not there',
    docLinks,
    {
      'docs/page.md': 'See [the errors](errors.md) and\n[the engine](../packages/core/src/engine/walk.ts).\n',
    },
    'docs/page.md:2: There is no packages/core/src/engine/walk.ts',
  ],
  [
    'a link in a README that readers on npm can not follow',
    publishedReadmes,
    { 'packages/core/README.md': 'See [the errors](../../docs/errors.md).\n' },
    'packages/core/README.md:1: ../../docs/errors.md is not in the package',
  ],
  [
    'a release of the core that breaks users, and only a patch of a driver',
    coreChangesets,
    {
      '.changeset/new-contract.md':
        "---\n'@tasq/core': minor\n'@tasq/sqlite': patch\n---\n\nA new contract.\n",
      'packages/sqlite/package.json': withCore('packages/sqlite'),
    },
    'packages/sqlite/package.json: A changeset releases a minor of @tasq/core, and none a minor of @tasq/sqlite',
  ],
  [
    'a link to a source that is not there, on the way for contributors',
    docLinks,
    { 'CONTRIBUTING.md': '# Contributing\n\nBegin in [the driver](packages/sqlite/src/drive.ts#top).\n' },
    'CONTRIBUTING.md:3: There is no packages/sqlite/src/drive.ts',
  ],
  [
    'a link to a source that is not there, by its address on the web',
    docLinks,
    {
      'packages/sqlite/README.md':
        'See [one](https://github.com/tasq/tasq/blob/main/packages/core/src/driver.ts), [two](https://github.com/tasq/tasq/tree/main/packages/oracle) and [three](https://example.org/x).',
    },
    'packages/sqlite/README.md:1: There is no packages/oracle',
  ],
  [
    'a package without a README',
    requiredFilesThere,
    { 'packages/otel/package.json': manifest('packages/otel') },
    'packages/otel/README.md: This file is missing',
  ],
  [
    'a driver without its statements',
    requiredFilesThere,
    { 'packages/mysql/package.json': privateManifest('@tasq/mysql') },
    'packages/mysql/src/statements/*.sql: This file is missing',
  ],
  [
    'a package.json without a field',
    manifests,
    { 'packages/sqlite/package.json': manifest('packages/sqlite').replace('sideEffects', 'effects') },
    "packages/sqlite/package.json: 'sideEffects' is missing",
  ],
  [
    'a package.json for another Node',
    manifests,
    { 'apps/quickstart/package.json': privateManifest('@tasq/quickstart', { engines: {} }) },
    "apps/quickstart/package.json: 'engines' is not",
  ],
  [
    'a door that is not published',
    manifests,
    {
      'packages/sqlite/package.json': manifest('packages/sqlite', { '.': 'index', './more': 'more' }).replace(
        '"./more":{"types":"./dist/more.d.ts","default":"./dist/more.js"}',
        '"./less":"./less"',
      ),
    },
    "packages/sqlite/package.json: 'publishConfig' is not",
  ],
  [
    'a database named in the kernel',
    kernelNames,
    { 'packages/sql-kernel/src/index.ts': '\nexport const isPostgres = true\n' },
    "packages/sql-kernel/src/index.ts:2: 'Postgres' is the name of a database",
  ],
  [
    'a statement in a string',
    sqlText,
    { [dialect]: "\nexport const claim = 'SELECT id FROM tasks'\n" },
    `${dialect}:2: This is SQL`,
  ],
  [
    'a statement in small letters',
    sqlText,
    { [dialect]: 'export const claim = `delete from tasks where id = 1`\n' },
    `${dialect}:1: This is SQL`,
  ],
  [
    'a piece of a statement',
    sqlText,
    { [dialect]: `export const order = (column: string) => \`ORDER BY \${column}\`\n` },
    `${dialect}:1: This is SQL`,
  ],
  [
    'a transaction outside of the session',
    sqlText,
    { [dialect]: "export const begin = 'BEGIN IMMEDIATE'\n" },
    `${dialect}:1: This is SQL`,
  ],
  [
    'a statement about tasks in the session',
    sqlText,
    { [session]: "export const claim = 'UPDATE tasks SET claimed = 1'\n" },
    `${session}:1: This is SQL`,
  ],
  [
    'SQL in the kernel',
    sqlText,
    { 'packages/sql-kernel/src/index.ts': "export const claim = 'INSERT INTO tasks VALUES (1)'\n" },
    'packages/sql-kernel/src/index.ts:1: This is SQL',
  ],
  [
    'a command of Redis in TypeScript',
    redisCommandsInLua,
    {
      'packages/redis/package.json': manifest('packages/redis'),
      'packages/redis/src/redis-driver.ts': "\nawait client.zadd('key', 1, 'id')\n",
    },
    "packages/redis/src/redis-driver.ts:2: 'zadd' is a command of Redis",
  ],
  [
    'an error code that is not explained',
    errorCodes,
    { [run]: "\nexport const code = 'TASQ_NEW'\n" },
    `${run}:2: The error code TASQ_NEW is not in docs/errors.md`,
  ],
  [
    'an explained error code that does not exist',
    errorCodes,
    { 'docs/errors.md': '`TASQ_BROKEN`\n`TASQ_OLD`\n' },
    'docs/errors.md:2: No source has the error code TASQ_OLD',
  ],
  [
    'an option without a default',
    optionDefaults,
    { [lease]: 'export interface LeaseOptions {\n  /** How long. */\n  readonly ms?: number\n}\n' },
    `${lease}:3: The option 'ms' has no @default`,
  ],
  [
    'an option of a type without a default',
    optionDefaults,
    { [lease]: 'export type LeaseOptions = { readonly ms?: number }\n' },
    `${lease}:1: The option 'ms' has no @default`,
  ],
  [
    'an export that is not explained',
    docstrings,
    { [run]: '\nexport function run(): void {}\n' },
    `${run}:2: 'run' is exported from its package`,
  ],
  [
    'an explanation that only has tags',
    docstrings,
    { [run]: '/** @internal */\nexport function run(): void {}\n' },
    `${run}:2: 'run' is exported from its package`,
  ],
  [
    'an export that is passed on by a star',
    docstrings,
    { 'packages/core/src/index.ts': "export * from './errors.ts'\n" },
    "packages/core/src/errors.ts:1: 'broken' is exported from its package",
  ],
  [
    'any',
    forbiddenCode,
    { [run]: '\nexport const run = (input: any) => input\n' },
    `${run}:2: 'any' switches the types off`,
  ],
  [
    'an ignored error of the compiler',
    forbiddenCode,
    { [run]: `// ${'@ts'}-ignore\nexport const run: number = ''\n` },
    `${run}:1: '@ts-ignore' silences`,
  ],
  [
    'a test that is switched off',
    forbiddenCode,
    { 'packages/core/test/run.test.ts': "\ntest.skip('runs', () => {})\n" },
    "packages/core/test/run.test.ts:2: '.skip' switches tests off",
  ],
  [
    'a test that switches others off',
    forbiddenCode,
    { 'packages/core/test/run.test.ts': "describe.only.each([1])('runs', () => {})\n" },
    "packages/core/test/run.test.ts:1: '.only' switches tests off",
  ],
  [
    'the home of somebody',
    machinePaths,
    { 'docs/use.md': `\nSee ${['', 'home', 'somebody', 'tasq'].join('/')}.\n` },
    'docs/use.md:2: ',
  ],
  ['the home of this user', machinePaths, { 'docs/use.md': `See ${homedir()}/tasq.\n` }, 'docs/use.md:1: '],
  [
    'a registry in the lockfile',
    lockfileHosts,
    { 'pnpm-lock.yaml': 'lockfileVersion: 9\n  tarball: https://registry.example/zod.tgz\n' },
    'pnpm-lock.yaml:2: This line ties the installation to a host',
  ],
]

test.each(broken)('%s is found', async (_, rule, changes, finding) => {
  expect(await findings(rule, changes)).toContainEqual(expect.stringContaining(finding))
})

const allowed: readonly (readonly [what: string, rule: Rule, changes: Files])[] = [
  [
    'words that only sound like SQL',
    sqlText,
    { [dialect]: "export const problem = 'Update the tables, then select another from the list.'\n" },
  ],
  ['a pragma in the session', sqlText, { [session]: "export const pragma = 'PRAGMA journal_mode = WAL'\n" }],
  [
    'reading a variable of the environment',
    errorCodes,
    { [run]: "export const node = process.env['TASQ_TEST_NODE']\n" },
  ],
  [
    'a test that skips itself with a reason',
    forbiddenCode,
    { 'packages/core/test/run.test.ts': "test('runs', (context) => context.skip('no backend'))\n" },
  ],
  [
    'a link to a folder, to another site and within the page',
    docLinks,
    { 'docs/page.md': '[a](../packages/core) [b](https://example.com/x.md) [c](#there) [d](errors.md#e)\n' },
  ],
  [
    'a release of the core that breaks users, and as much of a driver',
    coreChangesets,
    {
      '.changeset/new-contract.md': "---\n'@tasq/core': minor\n---\n\nA new contract.\n",
      '.changeset/new-core.md': "---\n'@tasq/sqlite': minor\n---\n\nNeeds the new core.\n",
      'packages/sqlite/package.json': withCore('packages/sqlite'),
    },
  ],
  [
    'links in a README to the repository, to its files and folders, and elsewhere',
    publishedReadmes,
    {
      'packages/core/README.md':
        '[a](https://github.com/tasq/tasq#readme) [b](https://github.com/tasq/tasq/tree/main/packages/core) [c](https://github.com/tasq/tasq/blob/main/docs/errors.md#x) [d](#there) [e](https://example.com)\n',
    },
  ],
  [
    'a link in what an author says of a package',
    lockfileHosts,
    { 'pnpm-lock.yaml': 'lockfileVersion: 9\n  deprecated: see https://example.com\n' },
  ],
  [
    'the blocking commands of Redis where it waits',
    redisCommandsInLua,
    {
      'packages/redis/package.json': manifest('packages/redis'),
      'packages/redis/src/wakeups.ts': "await client.blpop('key', 1)\n",
    },
  ],
]

test.each(allowed)('%s is allowed', async (_, rule, changes) => {
  expect(await findings(rule, changes)).toEqual([])
})
