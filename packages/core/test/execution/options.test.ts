import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { temporaryFolder, write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { defineTask, type ExecutionOptions, InvalidOptionError } from '../../src/index.ts'
import { HANDLERS, KINDS, liveStage, taskOf } from '../support/live-stage.ts'

const DEFINITIONS = new URL('./modules/definitions.ts', import.meta.url)

describe('a definition', () => {
  test.each([
    ['module', { execution: 'thread' }, 'absolute path'],
    ['module', { execution: 'process' }, 'absolute path'],
    ['module', { execution: 'thread', module: './resize.js' }, "can't be './resize.js'"],
    ['module', { module: 'https://example.org/resize.js' }, 'file URL'],
    ['module', { module: new URL('data:text/javascript,') }, 'file URL'],
    ['module', { module: 7 }, 'file URL'],
    ['execution', { execution: 'fiber', module: HANDLERS }, "'inline', 'thread' or 'process'"],
    ['export', { module: HANDLERS, export: '' }, 'name of an export'],
    ['export', { export: 'resize' }, "'module'"],
  ])('refuses an impossible %s: %o', (option, declaration, allowed) => {
    const define = () => defineTask({ name: 'x', ...(declaration as object) })
    expect(define).toThrow(InvalidOptionError)
    expect(define).toThrow(allowed)
    expect(define).toThrow(expect.objectContaining({ option }))
  })

  test.each([HANDLERS, HANDLERS.href, HANDLERS.pathname])('takes a module as %s', (module) => {
    const { execution } = defineTask({ name: 'x', module, export: 'where' })
    expect(execution).toEqual({
      mode: undefined,
      module: { url: pathToFileURL(HANDLERS.pathname).href, exportName: 'where' },
    })
  })
})

describe('a worker', () => {
  test.each<[keyof ExecutionOptions, unknown]>([
    ['execution', 'fiber'],
    ['poolSize', 0],
    ['poolSize', 1.5],
    ['minChildren', -1],
    ['minChildren', 3],
    ['maxTasksPerChild', 0],
    ['maxMemoryPerChild', -1],
  ])('refuses an impossible %s: %o', (option, value) => {
    const { tasq } = liveStage([taskOf('where')])
    const make = () => tasq.worker({ poolSize: 2, [option]: value })
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })

  test.each(KINDS)('refuses to run all in a %s where no task has a module', (execution) => {
    const { tasq } = liveStage([defineTask({ name: 'local', run: () => {} })])
    expect(() => tasq.worker({ execution })).toThrow("no task of this app has a 'module'")
  })
})

describe.each(['inline', ...KINDS] as const)('a module that can not be used (%s)', (execution) => {
  test.each([
    [{ module: new URL('./modules/missing.ts', import.meta.url) }, 'missing.ts'],
    [{ module: new URL('./modules/broken.ts', import.meta.url) }, 'this module can not be loaded'],
    [
      { module: HANDLERS, export: 'absent' },
      "its export 'absent' is missing. Export a function, or a definition with run; it exports",
    ],
    [{ module: HANDLERS, export: 'notAHandler' }, "its export 'notAHandler' is no handler"],
    [{ module: DEFINITIONS, export: 'inert' }, 'is a definition without a handler of its own'],
    [{ module: HANDLERS }, "its export 'default' is missing"],
  ])('fails the attempt: %o', async (place, problem) => {
    const task = defineTask({ name: 'x', execution, ...place, retry: { maxAttempts: 2, delay: 0 } })
    const { tasq, log } = liveStage([task])
    await tasq.worker({ poolSize: 1 }).start()
    await tasq.enqueue('x')
    await expect
      .poll(() => log.of('task:dead'))
      .toMatchObject([
        {
          attempt: 2,
          reason: 'exhausted',
          failure: {
            name: 'HandlerNotLoadedError',
            code: 'TASQ_HANDLER_NOT_LOADED',
            message: expect.stringContaining(problem),
          },
        },
      ])
  })
})

test.each(KINDS)('a module that has been mended is loaded by the next attempt (%s)', async (execution) => {
  const folder = temporaryFolder()
  write(folder, 'late.mjs', `throw new Error('not yet')`)
  const late = defineTask({
    name: 'late',
    execution,
    module: join(folder, 'late.mjs'),
    keepResult: true,
    retry: { maxAttempts: 2, delay: '200ms', jitter: 0 },
  })
  const { tasq, log } = liveStage([late])
  tasq.events.on('task:retrying', () => write(folder, 'late.mjs', `export default () => 'at last'`))
  await tasq.worker({ poolSize: 1 }).start()
  expect(await (await tasq.enqueue(late)).result()).toBe('at last')
  expect(log.count('task:failed')).toBe(1)
})
