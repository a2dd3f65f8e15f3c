import { conformance } from '@tasq/testkit/conformance'
import { afterEach, beforeEach, expect, inject, onTestFinished, test, vi } from 'vitest'

// The suite must notice where this driver, and not only a driver in memory, drops what keeps tasks apart.

const SETTLING = ['end-tasks', 'keep-outcomes', 'bury', 'put-back', 'extend']
const MUTATED = [...SETTLING, 'claim', 'admit', 'put-record', 'change-record', 'read-records'].map(pathOf)

beforeEach(() => void vi.resetModules())
// The other files of this package share the cache of modules: a mutated one that stayed there would break their tests.
afterEach(() => {
  for (const path of MUTATED) vi.doUnmock(path)
  vi.resetModules()
})

function pathOf(statement: string): string {
  return `../src/statements/${statement}.sql`
}

/** Changes statements; each must have what is to be changed. */
function mutate(statements: readonly string[], text: string, replacement: string): void {
  for (const statement of statements) {
    vi.doMock(pathOf(statement), async (original) => {
      const { default: sql } = await original<{ default: string }>()
      if (!sql.includes(text)) throw new Error(`${statement} has no '${text}'`)
      return { default: sql.replaceAll(text, replacement) }
    })
  }
}

async function casesOf(topics: readonly string[]) {
  const { postgresHarness } = await import('./support/harness.ts')
  const harness = postgresHarness(inject('postgresUrl'))
  onTestFinished(() => harness.schemas.dropAll())
  const found = conformance(harness).filter(({ name }) => topics.includes(name))
  expect(found).toHaveLength(topics.length)
  return found.flatMap(({ cases }) => cases)
}

/** Whether a topic has a red case, for the driver as it is mutated just now. */
async function isRed(topic: string): Promise<boolean> {
  for (const each of await casesOf([topic])) {
    const isGreen = await each.run().then(
      () => true,
      () => false,
    )
    if (!isGreen) return true
  }
  return false
}

test('the topics are green for the driver as it is', async () => {
  for (const topic of ['fencing', 'settle', 'leases', 'reserve', 'order', 'the ledger', 'shared records']) {
    const cases = await casesOf([topic])
    await Promise.all(cases.map((each) => each.run()))
  }
})

test.each([
  { topic: 'fencing', statements: SETTLING },
  { topic: 'fencing', statements: ['end-tasks'] },
  { topic: 'leases', statements: ['extend'] },
])('without the token predicate of $statements the topic $topic is red', async ({ topic, statements }) => {
  mutate(statements, 'AND task.token IS NOT DISTINCT FROM lease.token', '')
  expect(await isRed(topic)).toBe(true)
})

test('without its claim guard the suite is red', async () => {
  mutate(['claim'], 'priority = level.priority AND token IS NULL', 'priority = level.priority')
  expect(await isRed('reserve')).toBe(true)
})

test.each([
  { what: 'a look at who holds a task', text: 'starts_with(task.token, $13)', replacement: 'true' },
  { what: 'a look at what a task came to', text: 'NOT is_finished AND', replacement: '' },
])('without $what an admission turns the suite red', async ({ text, replacement }) => {
  mutate(['admit'], text, replacement)
  expect(await isRed('the ledger')).toBe(true)
})

test.each([
  {
    what: 'the version that a record must have',
    statement: 'change-record',
    text: 'record.version = $7',
    replacement: '$7::text IS NOT NULL',
  },
  {
    what: 'the condition that there is none',
    statement: 'put-record',
    text: 'NOT $7::boolean AND',
    replacement: '$7::boolean IS NOT NULL AND',
  },
  {
    what: 'the end of a record',
    statement: 'read-records',
    text: 'record.expires_at > clock.now',
    replacement: 'true',
  },
])('without $what shared records turn the suite red', async ({ statement, text, replacement }) => {
  mutate([statement], text, replacement)
  expect(await isRed('shared records')).toBe(true)
})

test.each([
  { bound: 'lowest', text: 'asked.lowest - 1, ' },
  { bound: 'highest', text: 'asked.highest, ' },
])('without the $bound priority that is wanted the suite is red', async ({ text }) => {
  mutate(['claim'], text, '')
  expect(await isRed('order')).toBe(true)
})
