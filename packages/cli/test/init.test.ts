import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { finishNode, temporaryFolder, write } from '@tasq/test-support'
import { describe, expect, inject, test } from 'vitest'
import { finish } from './support/processes.ts'
import { tasq } from './support/run.ts'

const PACKAGES = fileURLToPath(new URL('../../', import.meta.url))
const TSC = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const read = (folder: string, file: string) => readFileSync(join(folder, file), 'utf8')

/** As after `npm install` of what init says; the packages are built. */
function installAll(folder: string, command: string): void {
  mkdirSync(join(folder, 'node_modules/@tasq'), { recursive: true })
  for (const [, name = ''] of command.matchAll(/@tasq\/([a-z]+)/g)) {
    symlinkSync(realpathSync(join(PACKAGES, name)), join(folder, 'node_modules/@tasq', name), 'junction')
  }
}

/** The printed commands without what is in front of `tasq`, as a shell takes them apart. */
function argvOf(command: string): readonly string[] {
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '')
  expect(words.slice(0, 2)).toEqual(['npx', 'tasq'])
  return words.slice(2)
}

/** Does what `tasq init` tells to do. */
async function follow(folder: string, lines: readonly string[]): Promise<string> {
  const [install = '', enqueue = '', worker = ''] = lines.filter((line) => line.startsWith('  '))
  installAll(folder, install)
  const enqueued = await finish(folder, ...argvOf(enqueue.trim()))
  expect(enqueued).toMatchObject({ code: 0, err: 'created in queue default\n' })
  const worked = await finish(folder, ...argvOf(worker.trim()), '--max-tasks', '1')
  expect(worked, worked.err).toMatchObject({ code: 0 })
  return worked.out
}

async function typeCheck(folder: string, ...flags: readonly string[]): Promise<string> {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) => !file.startsWith('node_modules') && /\.m?[jt]s$/.test(file),
  )
  expect(files).toHaveLength(2)
  const strict = ['--strict', '--noEmit', '--module', 'nodenext', '--target', 'esnext']
  const { out } = await finishNode([TSC, '--ignoreConfig', ...strict, ...flags, ...files], { cwd: folder })
  return out
}

describe('in an empty folder', () => {
  test('tasq init makes a project that runs by the commands it prints', async () => {
    const folder = temporaryFolder()
    const { code, out, err } = await tasq(folder, 'init')
    expect({ code, err }).toEqual({ code: 0, err: '' })
    expect(out).toEqual([
      'written     package.json',
      'written     tasq.config.ts',
      'written     .env.example',
      'written     tasks/hello.ts',
      '',
      '  npm install @tasq/core @tasq/cli',
      `  npx tasq enqueue hello '{"name": "world"}'`,
      '  npx tasq worker',
    ])
    expect(JSON.parse(read(folder, 'package.json'))).toMatchObject({
      type: 'module',
      scripts: { worker: 'tasq worker' },
    })
    expect(await follow(folder, out)).toBe('Hello, world!\n')
    expect(await typeCheck(folder)).toBe('')
  })

  test('--driver chooses another backend, and says what to install and where its address goes', async () => {
    const folder = temporaryFolder()
    const { out } = await tasq(folder, 'init', '--driver', 'redis')
    expect(out).toContain('  npm install @tasq/core @tasq/cli @tasq/redis')
    expect(out.join('\n')).toContain('copy .env.example to .env')
    const { url, password } = inject('servers').redis
    const full = `${url.replace('//', `//:${encodeURIComponent(password)}@`)}/5`
    write(folder, '.env', read(folder, '.env.example').replace('redis://localhost:6379', full))
    expect(await follow(folder, out)).toBe('Hello, world!\n')
    expect(existsSync(join(folder, 'tasq.db'))).toBe(false)
    expect(await typeCheck(folder)).toBe('')
  })

  test('--js writes JavaScript, with types all the same', async () => {
    const folder = temporaryFolder()
    const { out } = await tasq(folder, 'init', '--js')
    expect(readdirSync(folder).sort()).toEqual(['.env.example', 'package.json', 'tasks', 'tasq.config.js'])
    expect(await follow(folder, out)).toBe('Hello, world!\n')
    expect(await typeCheck(folder, '--allowJs', '--checkJs')).toBe('')
  })

  test('a folder that is named is made, and comes first in what to do', async () => {
    const folder = temporaryFolder()
    const { out } = await tasq(folder, 'init', 'My mails')
    expect(out).toContain(`  cd 'My mails'`)
    expect(JSON.parse(read(folder, 'My mails/package.json')).name).toBe('my-mails')
    expect(existsSync(join(folder, 'My mails/tasks/hello.ts'))).toBe(true)
  })

  test('--json prints one line for programs', async () => {
    const folder = temporaryFolder()
    write(folder, 'package.json', '{ "type": "module" }')
    const { out } = await tasq(folder, 'init', '--json')
    expect(out.map((line): unknown => JSON.parse(line))).toEqual([
      {
        folder,
        driver: 'sqlite',
        written: ['tasq.config.ts', '.env.example', 'tasks/hello.ts'],
        kept: ['package.json'],
        next: [
          'npm install @tasq/core @tasq/cli',
          `npx tasq enqueue hello '{"name": "world"}'`,
          'npx tasq worker',
        ],
      },
    ])
  })
})

describe('what is there', () => {
  test('is left alone and named; --force replaces all but package.json', async () => {
    const folder = temporaryFolder()
    const mine = {
      'package.json': '{ "type": "module" }',
      'tasks/hello.ts': '// mine',
      '.env.example': 'MINE=1',
    }
    for (const [file, text] of Object.entries(mine)) write(folder, file, text)
    const { code, out } = await tasq(folder, 'init')
    expect(code).toBe(0)
    expect(out.slice(0, 4)).toEqual([
      'written     tasq.config.ts',
      'left alone  package.json: it was there',
      'left alone  .env.example: it was there',
      'left alone  tasks/hello.ts: it was there',
    ])
    for (const [file, text] of Object.entries(mine)) expect(read(folder, file)).toBe(text)
    await tasq(folder, 'init', '--force')
    expect(read(folder, 'package.json')).toBe(mine['package.json'])
    expect(read(folder, 'tasks/hello.ts')).toContain('defineTask')
    expect(read(folder, '.env.example')).toContain('TASQ_SQLITE_FILE')
  })

  test('may be a package of CommonJS: the files say themselves that they are modules', async () => {
    const folder = temporaryFolder()
    write(folder, 'package.json', '{ "name": "old" }')
    const { out } = await tasq(folder, 'init')
    expect(existsSync(join(folder, 'tasks/hello.mts'))).toBe(true)
    expect(await follow(folder, out)).toBe('Hello, world!\n')
  })

  test('may be a config file of another kind: there is no second one', async () => {
    const folder = temporaryFolder()
    write(folder, 'tasq.config.json', '{ "concurrency": 3 }')
    const { out } = await tasq(folder, 'init', '--force')
    expect(out).toContain('left alone  tasq.config.json: it was there')
    expect(existsSync(join(folder, 'tasq.config.ts'))).toBe(false)
  })

  test('may be a config file that is broken', async () => {
    const folder = temporaryFolder()
    write(folder, 'tasq.config.ts', 'throw new Error("not today")')
    expect(await tasq(folder, 'init')).toMatchObject({ code: 0, err: '' })
    expect((await tasq(folder, 'init', '--force')).out).toContain('written     tasq.config.ts')
    expect(read(folder, 'tasq.config.ts')).toContain('export default')
  })
})

test.each([
  [['init', 'taken'], /taken is no folder\. Name another one/],
  [['init', 'broken'], /broken\/package\.json is no JSON: .* Correct it/],
  [['init', '--driver', 'mongo'], /'mongo' is invalid\. Allowed choices are sqlite, redis/],
  [['init', '--config', 'a.ts'], /--config has no effect with tasq init/],
])('%j is refused', async (argv, message) => {
  const folder = temporaryFolder()
  write(folder, 'taken', '')
  write(folder, 'broken/package.json', '{')
  expect(await tasq(folder, ...argv)).toEqual({ code: 2, out: [], err: expect.stringMatching(message) })
})
