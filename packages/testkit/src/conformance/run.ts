import type { ConformanceCase } from './case.ts'
import { CaseContext } from './context.ts'
import type { Harness } from './harness.ts'
import { topics } from './topics.ts'
import { traitsOf } from './traits.ts'

/** A topic with the cases that apply to one harness, ready to run. */
export interface BoundTopic {
  readonly name: string
  readonly cases: readonly BoundCase[]
}

/** A case on one harness, ready to run. */
export interface BoundCase {
  readonly name: string
  /** Rejects where the driver does not conform. */
  readonly run: () => Promise<void>
}

/** The two functions of a test runner that the suite needs, such as those of vitest or `node:test`. */
export interface TestRunner {
  readonly describe: (name: string, define: () => void) => unknown
  readonly test: (name: string, run: () => Promise<void>) => unknown
}

/**
 * The suite for one driver. Which cases there are follows from what the harness declares: those that do not apply to
 * a driver do not exist for it, so nothing is ever skipped.
 */
export function conformance(harness: Harness): readonly BoundTopic[] {
  const traits = traitsOf(harness)
  const applies = ({ needs = [] }: Pick<ConformanceCase, 'needs'>) =>
    needs.every((trait) => traits.has(trait))
  return topics.filter(applies).map(({ name, cases }) => ({
    name,
    cases: cases.filter(applies).map((each) => ({ name: each.name, run: () => runCase(each, harness) })),
  }))
}

/**
 * Hands the suite to a test runner. Cases share nothing and may run concurrently.
 * @example
 * import { describe, test } from 'vitest'
 * describeConformance(harness, { describe, test: test.concurrent })
 */
export function describeConformance(harness: Harness, { describe, test }: TestRunner): void {
  for (const topic of conformance(harness)) {
    describe(topic.name, () => {
      for (const each of topic.cases) test(each.name, () => each.run())
    })
  }
}

/** Runs one case on a store of its own. */
export async function runCase(each: ConformanceCase, harness: Harness): Promise<void> {
  const context = new CaseContext(harness, await harness.openStore())
  try {
    await each.run(context)
  } catch (error) {
    await context.close().catch(() => undefined) // what the case met comes first
    throw error
  }
  await context.close()
}
