import { write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { finish } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

const DEFINE = `import { defineTask } from '@tasq/core'`

function task(name: string, run = `() => console.log('ran ${name}')`): string {
  return `defineTask({ name: '${name}', run: ${run} })`
}

/** Runs tasks by a worker that is given these globs, and tells what was printed. */
async function ran(folder: string, tasks: readonly string[], globs: readonly string[]): Promise<string> {
  const store = new Store(folder)
  for (const name of tasks) await store.add(name)
  const flags = ['--tasks', ...globs, '--max-tasks', String(tasks.length), '--concurrency', '1']
  const { code, out, err } = await finish(folder, 'worker', ...flags)
  expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('stopped') })
  return out
}

describe('task modules [Q16, U21]', () => {
  test('export their tasks under any name, as default, or in lists', async () => {
    const folder = userFolder()
    const exports = `export const a = ${task('a')}; export default ${task('b')}; export const more = [${task('c')}]`
    write(folder, 'all.mjs', `${DEFINE}; ${exports}; export const other = 42`)
    expect(await ran(folder, ['a', 'b', 'c'], ['all.mjs'])).toBe('ran a\nran b\nran c\n')
  })

  test('may be TypeScript, which Node runs as it is', async () => {
    const folder = userFolder()
    const run = `async ({ width }: { width: number }): Promise<void> => console.log('ran', width satisfies number)`
    write(folder, 'tasks/resize.ts', `${DEFINE}\nexport const resize = ${task('resize', run)}`)
    await new Store(folder).add('resize', { width: 800 })
    const result = await finish(folder, 'worker', '--tasks', './tasks/*.ts', '--max-tasks', '1')
    expect(result).toMatchObject({ code: 0, out: 'ran 800\n' })
  })

  test('are found in a folder whose name looks like a pattern', async () => {
    const folder = userFolder()
    write(folder, 'work (copy) [1]/!tasks.mjs', `${DEFINE}; export const a = ${task('a')}`)
    expect(await ran(folder, ['a'], [`${folder}/work (copy) [1]/!tasks.mjs`])).toBe('ran a\n')
  })

  test('are loaded once, however many globs match them', async () => {
    const folder = userFolder()
    write(folder, 'one/a.mjs', `${DEFINE}; console.log('loaded'); export const a = ${task('a')}`)
    expect(await ran(folder, ['a'], ['one/a.mjs', './one/*.mjs', '**/one/*.mjs'])).toBe('loaded\nran a\n')
  })

  test('may pass a task on bare and with its handler, in any order: the one that runs counts', async () => {
    const folder = userFolder()
    write(folder, 'a.mjs', `${DEFINE}; export const a = defineTask({ name: 'a' })`)
    const handler = `export const a = bare.handle(() => console.log('handled'))`
    write(folder, 'b.mjs', `import { a as bare } from './a.mjs'; export { bare }; ${handler}`)
    expect(await ran(folder, ['a'], ['a.mjs', 'b.mjs'])).toBe('handled\n')
    expect(await ran(folder, ['a'], ['b.mjs', 'a.mjs'])).toBe('handled\n')
  })

  test('may declare schedules beside tasks, or in a module of their own: the worker writes them', async () => {
    const folder = userFolder()
    const declare = `import { defineSchedule } from '@tasq/core'; import { note } from './tasks.mjs'
      export const nightly = defineSchedule({ id: 'nightly', task: note, cron: '0 3 * * *' })`
    write(folder, 'schedules.mjs', declare)
    expect((await tasq(folder, 'enqueue', 'note')).code).toBe(0)
    expect((await tasq(folder, 'schedules')).err).toMatch(/^There are no schedules\. .* worker of their app/)
    await finish(folder, 'worker', '--tasks', 'tasks.mjs', 'schedules.mjs', '--max-tasks', '1')
    expect((await finish(folder, 'schedules')).out).toMatch(/^nightly +note +default +0 3 \* \* \* /m)
  })

  test('are those that the command names: a task whose name is a path loads nothing', async () => {
    const folder = userFolder()
    write(folder, 'evil.mjs', `${DEFINE}; console.log('loaded'); export default ${task('./evil.mjs')}`)
    const store = new Store(folder)
    for (const name of ['./evil.mjs', 'evil.mjs#default', 'note']) await store.add(name)
    const flags = ['--tasks', 'tasks.mjs', '--unknown-task-grace', '0', '--stop-when-empty']
    const { code, out } = await finish(folder, 'worker', ...flags)
    expect({ code, out }).toEqual({ code: 0, out: expect.stringMatching(/^start .*\nend -\n$/) })
    expect((await store.dead()).map(({ task, reason }) => [task, reason])).toEqual([
      ['./evil.mjs', 'unknown-task'],
      ['evil.mjs#default', 'unknown-task'],
    ])
  })
})

describe('a task module is refused by name', () => {
  const cases = {
    'exports no task': { code: 'export const a = 1', message: /bad\.mjs: it exports no task\. Export what/ },
    throws: {
      code: `throw new Error('no configuration')`,
      message:
        /bad\.mjs: it can't be loaded: no configuration \(at .*bad\.mjs:1:7\)\. See that it runs by itself/,
    },
    'imports what is not there': {
      code: `import 'not-installed'`,
      message: /bad\.mjs: it can't be loaded: Cannot find package 'not-installed'/,
    },
    'imports a file without its ending': {
      code: `import './other'`,
      message:
        /Cannot find module .*Write the ending of the file into the import, '\.\/other\.ts' for example\./,
    },
    'imports a type as if it were a value': {
      code: `${DEFINE}; import { Nothing } from './tasks.mjs'`,
      message: /does not provide an export named 'Nothing'\. .*import type \{ Nothing \}/,
    },
    'is no JavaScript': { code: 'export const = 1', message: /bad\.mjs: it can't be loaded: / },
    'has a task with the name of another': {
      code: `${DEFINE}; export const a = ${task('a')}; export const b = ${task('a')}`,
      message: /bad\.mjs: its task 'a' has the name of another one/,
    },
    'has a task with impossible options': {
      code: `${DEFINE}; export const a = defineTask({ name: 'a', timeout: 'soon' })`,
      message: /bad\.mjs: it can't be loaded: Option 'timeout' can't be 'soon'/,
    },
  }

  test.each(Object.entries(cases))('where it %s', async (_, { code, message }) => {
    const folder = userFolder()
    write(folder, 'bad.mjs', code)
    const result = await finish(folder, 'worker', '--tasks', 'bad.mjs')
    expect(result).toEqual({ code: 1, out: '', err: expect.stringMatching(message) })
    expect(result.err).toMatch(/\[TASQ_MODULE_NOT_LOADED\]\n$/)
    expect(result.err).not.toMatch(/^\s+at /m)
  })

  test.each([
    [
      'old.ts',
      `${DEFINE}`,
      /Cannot use import statement .* \(npm pkg set type=module\), or let the file end in \.mts/,
    ],
    [
      'enum.mts',
      'export enum Size { small }',
      /enum is not supported .*erasableSyntaxOnly.* or compile first/,
    ],
  ])('where Node does not take it as it is: %s', async (file, code, message) => {
    const folder = userFolder()
    write(folder, 'package.json', '{ "type": "commonjs" }')
    write(folder, file, code)
    const result = await finish(folder, 'worker', '--tasks', file)
    expect(result).toMatchObject({ code: 1, out: '', err: expect.stringMatching(message) })
  })

  test('where none of its tasks has a handler', async () => {
    const folder = userFolder()
    write(folder, 'inert.mjs', `${DEFINE}; export const a = defineTask({ name: 'a' })`)
    const { code, err } = await tasq(folder, 'worker', '--tasks', 'inert.mjs')
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(/at least one definition with a handler/),
    })
  })
})
