import { write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { flagsOf } from './support/flags.ts'
import { finish, start } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

describe('an app of a module [C1]', () => {
  test.each([
    ['by the name of its export', './app.mjs#tasq'],
    ['as the default export', './app.mjs#default'],
    ['without a name, where it is the only one', './app.mjs'],
    ['without ./', 'app.mjs#tasq'],
  ])('is used %s, with its own driver, tasks and defaults', async (_, reference) => {
    const folder = userFolder()
    await new Store(folder, 'app.db').add('note', { label: 'a' }, { queue: 'of-the-app' })
    const { code, out, err } = await finish(folder, 'worker', reference, '--max-tasks', '1')
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('queues of-the-app') })
    expect(out).toMatch(/^start a of-the-app/)
  })

  test('may be TypeScript, in a folder with a # in its name', async () => {
    const folder = userFolder()
    write(
      folder,
      'c#/app.ts',
      `import { tasq as app } from '../app.mjs'\nexport const tasq: typeof app = app`,
    )
    for (const reference of ['./c#/app.ts', './c#/app.ts#tasq']) {
      const { code, err } = await finish(folder, 'enqueue', 'note', '--app', reference)
      expect({ code, err }).toEqual({ code: 0, err: 'created in queue of-the-app\n' })
    }
  })

  test('has its worker listen to the events of the app', async () => {
    const folder = userFolder()
    const worker = start(folder, 'worker', './app.mjs#tasq')
    expect(await worker.err.line(/online/)).toContain('online: queues of-the-app')
    worker.process.kill('SIGTERM')
    expect(await worker.ended).toBe(0)
  })

  test('is closed when the command is done', async () => {
    const folder = userFolder()
    write(
      folder,
      'closing.mjs',
      `export { tasq } from './app.mjs'; import { tasq } from './app.mjs'
      const close = tasq.close.bind(tasq)
      tasq.close = () => (console.log('closed'), close())`,
    )
    const { out } = await finish(folder, 'enqueue', 'note', '--app', './closing.mjs#tasq')
    expect(out).toMatch(/closed\n$/)
  })
})

describe('an app is refused', () => {
  test.each([
    [
      'where the export is missing',
      './app.mjs#other',
      1,
      /it has no export 'other'\. Export what createTasq/,
    ],
    ['where the export is no app', './app.mjs#nothing', 1, /its export 'nothing' is no app/],
    ['where nothing is an app', './tasks.mjs', 1, /it exports no app\. Export what createTasq/],
    [
      'where several are and none is named',
      './two.mjs',
      1,
      /several apps, one and two\. Name one: \.\/two\.mjs#one/,
    ],
    ['where the module throws', './throws.mjs#tasq', 1, /it can't be loaded: no configuration/],
    ['where there is no such file', './none.mjs#tasq', 2, /There is no file .*none\.mjs\./],
  ])('%s', async (_, reference, code, message) => {
    const folder = userFolder()
    write(folder, 'throws.mjs', `throw new Error('no configuration')`)
    write(
      folder,
      'two.mjs',
      `export { tasq as one } from './app.mjs'; export { tasq as two } from './watched-app.mjs'`,
    )
    for (const argv of [
      ['worker', reference],
      ['enqueue', 'note', '--app', reference],
    ]) {
      expect(await tasq(folder, ...argv)).toEqual({ code, out: [], err: expect.stringMatching(message) })
    }
  })

  const ofTheApp = flagsOf('worker').filter((flag) =>
    /^--(tasks|driver|sqlite-.*|task-defaults-.*)$/.test(flag),
  )
  const values: Readonly<Record<string, string>> = {
    '--sqlite-synchronous': 'full',
    '--task-defaults-retry-strategy': 'fixed',
  }
  test.each(ofTheApp)('together with %s, which it brings itself', async (flag) => {
    const given = [flag, values[flag] ?? '1']
    for (const argv of [
      ['worker', './app.mjs#tasq'],
      ['enqueue', 'note', '--app', './app.mjs#tasq'],
    ]) {
      const { code, err } = await tasq(userFolder(), ...argv, ...given)
      expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`${flag} would have no effect`) })
    }
  })
})
