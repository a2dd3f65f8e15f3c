import fc from 'fast-check'
import { describe, test } from 'vitest'
import { plans } from './properties/arbitraries.ts'
import { pairs } from './properties/pairs.ts'
import type { Plan, Scale } from './properties/plan.ts'
import { type Property, runOne } from './properties/property.ts'
import type { Lack, PropertyStore } from './properties/property-store.ts'
import { realTime } from './properties/stage-time.ts'

export interface PropertiesOptions {
  /** An empty backend for one sequence of operations. */
  readonly openStore: () => Promise<PropertyStore>
  /** What this backend can't do: see `Lack`. @default nothing */
  readonly lacks?: readonly Lack[]
  /** How many sequences of each kind. @default 10, and 2 of each pair of features */
  readonly seeds?: { readonly sequences: number; readonly pairs: number }
}

/** Always the same: what is found with other seeds is found in memory, where there are many. */
const SEEDS = { sequences: 10, pairs: 2 }
const MOST_OPERATIONS = 12

/** Timers and clocks are less exact than in virtual time, and machines that test have much to do. */
const SCALE: Scale = { beatMs: 20, leaseMs: 1_500, heardMs: 1_500, slackMs: 250, patienceMs: 60_000 }
/** For one sequence, with what is run again where the machine stands still, in ms. */
const TIMEOUT_MS = 600_000

/**
 * Sequences of operations from fixed seeds, at random but always the same, half of them with faults, and two for each pair of features: the
 * rules of the properties hold on this backend, in real time. `TASQ_TEST_PROPERTY_SEED` gives another first seed.
 */
export function describeProperties({ openStore, lacks = [], seeds = SEEDS }: PropertiesOptions): void {
  const run = async (plan: Plan, { checks }: Pick<Property, 'checks'> = {}) => {
    const open = async () => ({ time: realTime(), store: await openStore() })
    await runOne(plan, { scale: SCALE, closes: true, lacks, open }, checks)
  }
  const first = Number(process.env.TASQ_TEST_PROPERTY_SEED ?? 0)
  describe.concurrent('properties', { timeout: TIMEOUT_MS }, () => {
    for (const weather of ['calm', 'stormy'] as const) {
      test.each(upTo(seeds.sequences))(`${weather} sequence of seed %i`, (seed) =>
        run(planOf(plans(weather, MOST_OPERATIONS), first + seed)),
      )
    }
    for (const pair of pairs.filter(({ needs }) => needs === undefined || !lacks.includes(needs))) {
      test.each(upTo(seeds.pairs))(`${pair.name}, seed %i`, (seed) =>
        run(planOf(pair.plans, first + seed), pair),
      )
    }
  })
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function planOf(made: Property['plans'], seed: number): Plan {
  const [plan] = fc.sample(made, { seed, numRuns: 1 })
  if (plan === undefined) throw new Error('no plan was made')
  return plan
}
