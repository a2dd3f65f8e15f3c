import { AssertionError } from 'node:assert'
import { conformance } from '@tasq/testkit/conformance'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'

// The suite must notice where this driver, and not only a driver in memory, drops what keeps tasks apart.

const MUTATED = ['@tasq/sql-kernel', '../src/statements/delete-claimed.sql', '../src/statements/claim.sql']

beforeEach(() => void vi.resetModules())
// The other files of this package share the cache of modules: a mutated one that stayed there would break their tests.
afterEach(() => {
  for (const path of MUTATED) vi.doUnmock(path)
  vi.resetModules()
})

/** Topics with at least one red case, for the driver as it is mutated just now. */
async function redTopics(names: readonly string[]): Promise<readonly string[]> {
  const { sqliteHarness } = await import('./support/harness.ts')
  const harness = sqliteHarness('node', { synchronous: 'normal' })
  const red = new Set<string>()
  for (const topic of conformance(harness).filter(({ name }) => names.includes(name))) {
    for (const each of topic.cases)
      await each.run().catch((error: unknown) => {
        // Only what the suite itself says counts: a mutant that could not even start proves nothing.
        if (error instanceof AssertionError) red.add(topic.name)
      })
  }
  return [...red]
}

const TOPICS = ['fencing', 'settle', 'reserve']

test('the topics are there, and green for the driver as it is', async () => {
  const { sqliteHarness } = await import('./support/harness.ts')
  const names = conformance(sqliteHarness('node')).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(TOPICS))
  expect(await redTopics(TOPICS)).toEqual([])
})

test('without its token predicate it turns the suite red', async () => {
  vi.doMock('@tasq/sql-kernel', async (original) => ({
    ...(await original<typeof import('@tasq/sql-kernel')>()),
    mayApply: (_settlement: unknown, standing: { kind: string }) => standing.kind === 'claimed',
  }))
  expect(await redTopics(TOPICS)).toContain('fencing')
})

test('without its claim guard it turns the suite red', async () => {
  vi.doMock('../src/statements/delete-claimed.sql', () => ({ default: 'SELECT ?1, ?2, ?3, ?4' }))
  vi.doMock('../src/statements/claim.sql', async (original) => {
    const { default: sql } = await original<{ default: string }>()
    return { default: sql.replace('INSERT INTO', 'INSERT OR REPLACE INTO') }
  })
  expect(await redTopics(TOPICS)).toContain('reserve')
})
