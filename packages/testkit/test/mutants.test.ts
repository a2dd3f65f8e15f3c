import { describe, expect, test } from 'vitest'
import { conformance } from '../src/conformance.ts'
import { memoryHarness } from './memory-harness.ts'
import { admittingMutants } from './mutants/admitting.ts'
import { askingMutants } from './mutants/asking.ts'
import { claimingMutants } from './mutants/claiming.ts'
import { diagnosingMutants } from './mutants/diagnosing.ts'
import { endingMutants } from './mutants/ending.ts'
import { followingMutants } from './mutants/following.ts'
import { inspectingMutants } from './mutants/inspecting.ts'
import { keepingMutants } from './mutants/keeping.ts'
import { leasingMutants } from './mutants/leasing.ts'
import { lookingMutants } from './mutants/looking.ts'
import type { Mutant } from './mutants/mutant.ts'
import { rangingMutants } from './mutants/ranging.ts'
import { replacingTasksMutants } from './mutants/replacing-tasks.ts'
import { required } from './mutants/required.ts'
import { schedulingMutants } from './mutants/scheduling.ts'
import { settlingMutants } from './mutants/settling.ts'
import { shapeMutants } from './mutants/shape.ts'
import { sharingMutants } from './mutants/sharing.ts'
import { storingMutants } from './mutants/storing.ts'
import { tellingMutants } from './mutants/telling.ts'
import { writingTasksMutants } from './mutants/writing-tasks.ts'
import { redCases } from './run-all.ts'

const others: readonly Mutant[] = [
  ...shapeMutants,
  ...storingMutants,
  ...claimingMutants,
  ...rangingMutants,
  ...leasingMutants,
  ...settlingMutants,
  ...followingMutants,
  ...lookingMutants,
  ...inspectingMutants,
  ...replacingTasksMutants,
  ...keepingMutants,
  ...sharingMutants,
  ...endingMutants,
  ...writingTasksMutants,
  ...tellingMutants,
  ...diagnosingMutants,
  ...admittingMutants,
  ...schedulingMutants,
  ...askingMutants,
]

/** Every case that some mutant has turned red. */
const caught = new Set<string>()

async function redTopics({ makeDriver }: Mutant, topics?: readonly string[]): Promise<readonly string[]> {
  const red = await redCases(memoryHarness(makeDriver), topics)
  for (const { topic, name } of red) caught.add(`${topic}: ${name}`)
  return [...new Set(red.map(({ topic }) => topic))].sort()
}

describe('the suite catches', () => {
  test.for(required)('$name', async (mutant) => {
    const topics = mutant.spreads === true ? mutant.red : undefined
    expect(await redTopics(mutant, topics)).toEqual([...mutant.red].sort())
  })

  test.for(others)('$name', async (mutant) => {
    expect(await redTopics(mutant, mutant.red)).toEqual([...mutant.red].sort())
  })
})

test('there is no case that every mutant passes', () => {
  const names = conformance(memoryHarness()).flatMap(({ name, cases }) =>
    cases.map((each) => `${name}: ${each.name}`),
  )
  expect(names.filter((name) => !caught.has(name))).toEqual([])
})
