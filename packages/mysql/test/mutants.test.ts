import { AssertionError } from 'node:assert'
import { type BoundCase, conformance } from '@tasq/testkit/conformance'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// The suite must notice where this driver, and not only a driver in memory, drops what keeps tasks apart.

const MUTATED = [
  '@tasq/sql-kernel',
  '../src/procedures/leases.ts',
  '../src/procedures/complete-all.ts',
  '../src/statements/delete-waiting.sql',
  '../src/statements/insert-claims.sql',
  '../src/statements/pick.sql',
]

beforeEach(() => void vi.resetModules())
// The other files of this package share the cache of modules: a mutated one that stayed there would break their tests.
afterEach(() => {
  for (const path of MUTATED) vi.doUnmock(path)
  vi.resetModules()
})

/** Topics with at least one red case, for the driver as it is mutated just now; of `only` these cases, where not all are to be run. */
async function redTopics(names: readonly string[], only = /./): Promise<readonly string[]> {
  const { mysqlHarness } = await import('./support/harness.ts')
  const red = new Set<string>()
  for (const topic of conformance(mysqlHarness()).filter(({ name }) => names.includes(name))) {
    const run = async (each: BoundCase) => {
      try {
        await each.run()
      } catch (error) {
        // Any other error would be one of the mutation itself, such as a statement that the server does not take.
        if (!(error instanceof AssertionError)) throw error
        red.add(topic.name)
      }
    }
    await Promise.all(topic.cases.filter(({ name }) => only.test(name)).map(run))
  }
  return [...red]
}

const TOPICS = ['fencing', 'settle', 'reserve']

test('the topics are there, and green for the driver as it is', async () => {
  const { mysqlHarness } = await import('./support/harness.ts')
  const names = conformance(mysqlHarness()).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(TOPICS))
  expect(await redTopics(TOPICS)).toEqual([])
})

test('without its token predicate it turns the suite red', async () => {
  vi.doMock('@tasq/sql-kernel', async (original) => ({
    ...(await original<typeof import('@tasq/sql-kernel')>()),
    mayApply: (_settlement: unknown, standing: { kind: string }) => standing.kind === 'claimed',
  }))
  expect(await redTopics(['fencing'])).toContain('fencing')
})

test('without the token in the short way to complete tasks it turns the suite red', async () => {
  vi.doMock('../src/procedures/leases.ts', async (original) => {
    const { leaseConditions } = await original<typeof import('../src/procedures/leases.ts')>()
    return {
      leaseConditions: (leases: Parameters<typeof leaseConditions>[0]) => {
        return leaseConditions(leases).replaceAll(/ AND c\.token=(x?'[^']*')/g, '')
      },
    }
  })
  expect(await redTopics(['fencing'], /complete/)).toContain('fencing')
})

test('without a look at whether all were completed it turns the suite red', async () => {
  vi.doMock('../src/procedures/complete-all.ts', async (original) => ({
    ...(await original<typeof import('../src/procedures/complete-all.ts')>()),
    completeAll: async () => true,
  }))
  expect(await redTopics(['settle'])).toContain('settle')
})

test('without its claim guard it turns the suite red', async () => {
  vi.doMock('../src/statements/pick.sql', async (original) => {
    const { default: sql } = await original<{ default: string }>()
    return { default: sql.replace('FOR UPDATE SKIP LOCKED', '') }
  })
  vi.doMock('../src/statements/delete-waiting.sql', () => ({
    default: 'SELECT COUNT(*) FROM {waiting} WHERE :places',
  }))
  vi.doMock('../src/statements/insert-claims.sql', async (original) => {
    const { default: sql } = await original<{ default: string }>()
    return { default: sql.replace('INSERT', 'REPLACE') }
  })
  expect(await redTopics(['reserve'])).toContain('reserve')
})
