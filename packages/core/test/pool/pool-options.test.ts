import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { type PoolOptions, resolvePoolOptions } from '../../src/pool/pool-options.ts'
import { nodeArguments } from '../../src/runtime/node-arguments.ts'

const module = pathToFileURL('/srv/app.js')

test('with nothing said, the documented defaults hold', () => {
  expect(resolvePoolOptions({ module, max: 4 })).toEqual({
    file: '/srv/app.js',
    exportName: undefined,
    data: undefined,
    workerId: undefined,
    execArgv: nodeArguments(process.execArgv),
    scale: { min: 1, max: 4, drainTimeMs: 10_000, shrinkAfterMs: 30_000 },
    autoScale: true,
    scaleIntervalMs: 1_000,
    worker: {},
    runForMs: undefined,
    shutdownTimeoutMs: 30_000,
  })
})

test('a pool that does not scale has its most from the beginning', () => {
  expect(resolvePoolOptions({ module, max: 4, autoScale: false }).scale.min).toBe(4)
})

test('the module may be a URL, its text, or a path', () => {
  for (const each of [module, module.href, '/srv/app.js']) {
    expect(resolvePoolOptions({ module: each }).file).toBe('/srv/app.js')
  }
})

describe('what is impossible is refused, by its name', () => {
  test.each<[string, Partial<Record<keyof PoolOptions, unknown>>]>([
    ['min', { min: 0 }],
    ['max', { min: 3, max: 2 }],
    ['max', { max: 1.5 }],
    ['module', { module: undefined }],
    ['module', { module: new URL('https://example.org/app.js') }],
    ['autoScale', { autoScale: 'yes' }],
    ['drainTime', { drainTime: 0 }],
    ['scaleInterval', { scaleInterval: '1ms' }],
    ['worker.onStartup', { worker: { onStartup: () => undefined } }],
  ])('%s: %o', (name, wrong) => {
    const make = () => resolvePoolOptions({ module, ...wrong } as never)
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(name)
  })
})
