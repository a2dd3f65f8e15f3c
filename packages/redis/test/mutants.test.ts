import { conformance } from '@tasq/testkit/conformance'
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest'

// The suite must notice where this driver, and not only a driver in memory, drops what keeps tasks apart.

const MUTATED = [
  '../src/lua/admit.lua',
  '../src/lua/settle.lua',
  '../src/lua/extend.lua',
  '../src/lua/parts/groups.lua',
  '../src/lua/parts/normal.lua',
]

beforeEach(() => void vi.resetModules())
// The other files of this package share the cache of modules: a mutated one that stayed there would break their tests.
afterEach(() => {
  for (const path of MUTATED) vi.doUnmock(path)
  vi.resetModules()
})

/** Topics with at least one red case, for the driver as it is mutated just now. */
async function redTopics(names: readonly string[]): Promise<readonly string[]> {
  const { redisHarness } = await import('./support/harness.ts')
  const harness = redisHarness('redis', { url: inject('redisUrl') })
  const cases = conformance(harness)
    .filter(({ name }) => names.includes(name))
    .flatMap((topic) => topic.cases.map((each) => ({ topic: topic.name, run: each.run })))
  const red = new Set<string>()
  await Promise.all(cases.map(({ topic, run }) => run().catch(() => red.add(topic))))
  return [...red]
}

const TOPICS = ['fencing', 'settle', 'reserve', 'the ledger']

/** Replaces texts in a script that must have them. */
function mutate(path: string, ...changes: readonly (readonly [from: string, to: string])[]): void {
  vi.doMock(path, async (original) => {
    const { default: lua } = await original<{ default: string }>()
    for (const [from] of changes) expect(lua).toContain(from)
    return { default: changes.reduce((text, [from, to]) => text.replaceAll(from, to), lua) }
  })
}

test('the topics are there, and green for the driver as it is', async () => {
  const { redisHarness } = await import('./support/harness.ts')
  const names = conformance(redisHarness('redis', {})).map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(TOPICS))
  expect(await redTopics(TOPICS)).toEqual([])
})

test('without its token predicate it turns the suite red', async () => {
  const isHeld = "call('SISMEMBER', claim .. token, id) == 0"
  mutate('../src/lua/parts/groups.lua', ['flags[i] == 1', 'true'])
  mutate('../src/lua/settle.lua', [isHeld, 'false'])
  mutate('../src/lua/extend.lua', [isHeld, 'false'])
  expect(await redTopics(TOPICS)).toContain('fencing')
})

test('without its claim guard it turns the suite red', async () => {
  // What is claimed stays where it was.
  mutate('../src/lua/parts/normal.lua', ["call('LTRIM', ready, entries, -1)", '--'])
  expect(await redTopics(TOPICS)).toContain('reserve')
})

test('without its look at who holds a task it turns the suite red', async () => {
  mutate('../src/lua/admit.lua', ['if left > 0 and', 'if false and'])
  expect(await redTopics(TOPICS)).toContain('the ledger')
})
