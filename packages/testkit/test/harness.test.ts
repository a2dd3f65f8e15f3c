import { memory } from '@tasq/core/memory'
import { describe, expect, test } from 'vitest'
import { conformance, describeConformance, type Harness } from '../src/conformance.ts'
import { intercept } from '../src/intercept.ts'
import { memoryHarness } from './memory-harness.ts'
import { redCases } from './run-all.ts'

const topicsOf = (harness: Harness) => conformance(harness).map(({ name }) => name)

describe('which cases there are', () => {
  test('follows from the declared facets: what is not declared has no cases', () => {
    const all = topicsOf(memoryHarness())
    const bare = topicsOf({ ...memoryHarness(), facets: [] })
    const gone = all.filter((name) => !bare.includes(name))
    expect(gone).toEqual([
      'recovery',
      'cancel marks',
      'results',
      'looking at tasks',
      'finding tasks by state',
      'changing tasks',
      'retention',
      'the ledger',
      'shared records',
      'events between processes',
      'what a backend says of itself',
      'control from elsewhere',
      'schedules',
      'dying workers',
    ])
  })

  test('follows from the declared limits', () => {
    const harness = memoryHarness()
    const broker: Harness = {
      ...harness,
      facets: [],
      time: 'real',
      limits: {
        ...harness.limits,
        lease: 'connection',
        fence: 'delivery',
        order: 'best-effort',
        priorities: 'bands',
      },
    }
    const names = conformance(broker).flatMap(({ cases }) => cases.map(({ name }) => name))
    expect(topicsOf(broker)).not.toContain('fencing')
    expect(names).toContain('higher levels of priority come first')
    expect(names).not.toContain('every step of priority counts, from -128 to 127')
    expect(names).not.toContain('tasks of one call become ready in their order')
  })

  test('follows from whose clock it is', () => {
    const names = (harness: Harness) =>
      conformance(harness).flatMap(({ cases }) => cases.map(({ name }) => name))
    const embedded = names({ ...memoryHarness(), clock: 'process' })
    const gone = names(memoryHarness()).filter((name) => !embedded.includes(name))
    expect(gone).toHaveLength(7)
    for (const name of gone)
      expect(name).toMatch(/clock is wrong|whatever the clock of a (process|worker) says/)
  })

  test('topics and the cases of each have names of their own', () => {
    const topics = conformance({
      ...memoryHarness(),
      facets: ['inspection', 'migrations', 'recovery', 'results', 'retention', 'transactions'],
    })
    const names = topics.flatMap(({ name, cases }) => cases.map((each) => `${name}: ${each.name}`))
    expect(new Set(topics.map(({ name }) => name)).size).toBe(topics.length)
    expect(new Set(names).size).toBe(names.length)
    expect(topics.filter(({ cases }) => cases.length === 0)).toEqual([])
  })

  test('any runner can be handed all of them', () => {
    const calls: string[] = []
    describeConformance(memoryHarness(), {
      describe: (name, define) => {
        calls.push(name)
        define()
      },
      test: (name) => calls.push(name),
    })
    const expected = conformance(memoryHarness()).flatMap(({ name, cases }) => [
      name,
      ...cases.map((each) => each.name),
    ])
    expect(calls).toEqual(expected)
  })
})

describe('a driver that has lost a facet', () => {
  const withoutResults = memoryHarness((store) =>
    intercept(memory({ store }), [], () => undefined, new Map([['results', undefined]])),
  )

  test('fails the case about its facets, and every case of that facet', async () => {
    const red = await redCases(withoutResults, ['facets and limits', 'results'])
    const cases = conformance(withoutResults).find(({ name }) => name === 'results')?.cases ?? []
    expect(red.filter(({ topic }) => topic === 'facets and limits')).toHaveLength(1)
    expect(red.filter(({ topic }) => topic === 'results')).toHaveLength(cases.length)
    expect(String(red.at(-1)?.error)).toContain(
      "the driver 'memory' has no facet 'results', although its harness declares it",
    )
  })

  test('passes once its harness no longer declares it', async () => {
    const { facets } = withoutResults
    const honest = { ...withoutResults, facets: facets.filter((name) => name !== 'results') }
    expect(await redCases(honest)).toEqual([])
  })
})

test('a driver with a facet that is not declared fails', async () => {
  const modest: Harness = { ...memoryHarness(), facets: ['inspection', 'recovery', 'results'] }
  const red = await redCases(modest, ['facets and limits'])
  expect(red.map(({ name }) => name)).toEqual(['it has the facets that are declared, and no others'])
})

test('a store that can’t be closed fails the case', async () => {
  const harness: Harness = {
    ...memoryHarness(),
    openStore: async () => ({
      ...(await memoryHarness().openStore()),
      close: async () => {
        throw new Error('it is in use')
      },
    }),
  }
  const red = await redCases(harness, ['facets and limits'])
  expect(red).toHaveLength(6)
})
