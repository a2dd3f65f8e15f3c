import { readFileSync } from 'node:fs'
import { finishNode } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { flagsOf, leavesOf, ownFlagsOf } from './support/flags.ts'
import { GROUPS } from './support/operators.ts'
import { BIN, finish } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const PACKAGE = new URL('../package.json', import.meta.url)
const README = new URL('../README.md', import.meta.url)
const COMMANDS = ['init', 'worker', 'enqueue', 'top', 'doctor', 'bench', 'events']

test('--version prints the version of the package and nothing else', async () => {
  const { version }: { version: string } = JSON.parse(readFileSync(PACKAGE, 'utf8'))
  expect(await finish(userFolder(), '--version')).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

test.each([['--help'], ['-h'], ['help']])('tasq %s lists the commands, on standard output', async (flag) => {
  const { code, out, err } = await tasq('.', flag)
  expect({ code, err }).toEqual({ code: 0, err: '' })
  for (const text of [...COMMANDS, ...GROUPS, '--version', '--verbose'])
    expect(out.join('\n')).toContain(text)
})

test('no command at all is wrong use: the help goes to standard error', async () => {
  const { code, out, err } = await finish(userFolder())
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain('Usage: tasq')
})

describe.each(COMMANDS)('tasq %s --help', (command) => {
  test.each([[[command, '--help']], [['help', command]]])('as %j names every option', async (argv) => {
    const { code, out } = await tasq('.', ...argv)
    expect(code).toBe(0)
    for (const flag of [...flagsOf(command), '--verbose']) expect(out.join('\n')).toContain(flag)
  })

  test('and the README name the same options', () => {
    const readme = readFileSync(README, 'utf8')
    const section = readme.split('\n## ').find((text) => text.startsWith(`\`tasq ${command}\``)) ?? ''
    const common = readme.split('\n## ').find((text) => text.startsWith('Options of both')) ?? ''
    const namedIn = (text: string) => [...text.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, flag = '']) => flag)
    const flags = flagsOf(command)
    // Some commands have only some of the common ones.
    const named = new Set([...namedIn(section), ...namedIn(common).filter((flag) => flags.includes(flag))])
    expect([...named].sort()).toEqual([...flags].sort())
  })
})

describe.each(GROUPS)('tasq %s', (group) => {
  const section =
    readFileSync(README, 'utf8')
      .split('\n## ')
      .find((text) => text.startsWith(`\`tasq ${group}\``)) ?? ''
  const leaves = leavesOf(group)

  test.each(leaves.map((path) => [path.join(' '), path] as const))(
    '%s --help names every option, and the README its own',
    async (_, path) => {
      const { code, out } = await tasq('.', ...path, '--help')
      expect(code).toBe(0)
      for (const flag of [...flagsOf(path), '--verbose']) expect(out.join('\n')).toContain(flag)
      const [, name] = path
      const rows = section.split('\n').flatMap((line) => {
        const [, flag, of] = /^\| `(--[a-z-]+)[^|]*\| ([a-z, -]+) \|/.exec(line) ?? []
        return flag === undefined ? [] : [{ flag, of: of?.split(', ') ?? [] }]
      })
      const plain = [...section.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, flag = '']) => flag)
      const named =
        name === undefined
          ? plain
          : rows.filter(({ of }) => of.includes(name) || of.includes('all')).map(({ flag }) => flag)
      expect(named.sort()).toEqual([...ownFlagsOf(path)].sort())
      if (name !== undefined) expect(section).toContain(`| \`tasq ${path.join(' ')}`)
    },
  )

  test('--help lists its commands', async () => {
    const { code, out } = await tasq('.', group, '--help')
    expect(code).toBe(0)
    for (const [, name = ''] of leaves) expect(out.join('\n')).toContain(name)
  })
})

test('what only some commands need is loaded by those only', async () => {
  const tell = `import { registerHooks } from 'node:module'
    registerHooks({ resolve: (name, context, next) => (console.error(name), next(name, context)) })`
  const telling = ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, BIN, '--help']
  const { code, err } = await finishNode(telling)
  expect(code, err).toBe(0)
  const loaded = err.split('\n')
  expect(loaded).toContain('commander')
  const slow = [
    'cli-truncate',
    'log-update',
    'pino',
    'pino-pretty',
    'prom-client',
    'string-width',
    'tinyglobby',
  ]
  expect(loaded.filter((name) => slow.includes(name))).toEqual([])
})
