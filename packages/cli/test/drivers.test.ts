import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { finishNode, write } from '@tasq/test-support'
import { describe, expect, test } from 'vitest'
import { installRedis } from './support/fake-driver.ts'
import { finish } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { install, installCli, userFolder } from './support/user-folder.ts'

const ENQUEUE = ['enqueue', 'note', '--driver', 'redis']

describe('a driver', () => {
  test.each(['redis', 'postgres', 'mysql', 'rabbitmq', 'sqs'])(
    '%s that is not installed is an error that says what to install',
    async (driver) => {
      const folder = userFolder()
      const bin = installCli(folder)
      for (const argv of [
        ['worker', '--tasks', 'tasks.mjs'],
        ['enqueue', 'note'],
      ]) {
        expect(await finishNode([bin, ...argv, '--driver', driver], { cwd: folder })).toEqual({
          code: 1,
          out: '',
          err: `tasq: The driver '${driver}' is not installed. Install it: npm install @tasq/${driver} [TASQ_DRIVER_NOT_INSTALLED]\n`,
        })
      }
    },
  )

  test('that the user has installed is used, from a folder below as well', async () => {
    const folder = userFolder()
    installRedis(folder)
    write(folder, 'below/package.json', '{}')
    expect(await finish(join(folder, 'below'), ...ENQUEUE)).toMatchObject({ code: 0 })
    expect(readFileSync(join(folder, 'enqueued.txt'), 'utf8')).toBe('note\n')
  })
})

describe('the package of a driver is refused by name', () => {
  const broken = {
    'exports no factory': [
      'export const postgres = 1',
      /@tasq\/redis: it exports no redis\(\)\. Install a version/,
    ],
    'can not be loaded': [
      `import 'ioredis'`,
      /@tasq\/redis: it can't be loaded: Cannot find package 'ioredis'.* npm install @tasq\/redis/,
    ],
    'fails when it is called': [
      `export function redis() { throw new TypeError('no url') }`,
      /@tasq\/redis: its redis\(\) failed: no url/,
    ],
    'gives something else': [
      'export const redis = () => ({})',
      /@tasq\/redis: its redis\(\) gives no driver/,
    ],
  } as const

  test.each(Object.entries(broken))('where it %s', async (_, [code, message]) => {
    const folder = userFolder()
    install(folder, '@tasq/redis', code)
    const result = await finish(folder, ...ENQUEUE)
    expect(result).toEqual({ code: 1, out: '', err: expect.stringMatching(message) })
    expect(result.err).toMatch(/ \[TASQ_MODULE_NOT_LOADED\]\n$/)
  })

  test('where it has no way in', async () => {
    const folder = userFolder()
    install(folder, '@tasq/redis', '')
    write(folder, 'node_modules/@tasq/redis/package.json', '{ "name": "@tasq/redis", "exports": {} }')
    const { code, err } = await tasq(folder, ...ENQUEUE)
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/@tasq\/redis: .*TASQ_MODULE_NOT_LOADED/),
    })
  })

  test('but an error in the terms of Tasq is passed on as it is', async () => {
    const folder = userFolder()
    const error = `new InvalidOptionError('url', undefined, 'an address')`
    install(
      folder,
      '@tasq/redis',
      `import { InvalidOptionError } from '@tasq/core'; export const redis = () => { throw ${error} }`,
    )
    const { code, err } = await finish(folder, ...ENQUEUE)
    expect({ code, err }).toEqual({
      code: 2,
      err: `tasq: Option 'url' can't be undefined. Use an address. [TASQ_INVALID_OPTION]\n`,
    })
  })
})
