import { describe, test } from 'vitest'
import { plans } from '../src/properties/arbitraries.ts'
import { memoryGround } from '../src/properties/memory-ground.ts'
import { pairs } from '../src/properties/pairs.ts'
import { holds, type Property } from '../src/properties/property.ts'

// Random sequences of operations on the memory driver in virtual time, the same ones in each run: TASQ_TEST_PROPERTY_SEED gives others,
// `random` those of a seed that nobody chose. What fails is printed with its seed and path; TASQ_TEST_PROPERTY_PATH runs it again,
// TASQ_TEST_PROPERTY_RUNS says how many sequences there are.

const { TASQ_TEST_PROPERTY_SEED, TASQ_TEST_PROPERTY_PATH: path, TASQ_TEST_PROPERTY_RUNS } = process.env
const seed =
  TASQ_TEST_PROPERTY_SEED === 'random'
    ? Math.floor(Math.random() * 2 ** 31)
    : Number(TASQ_TEST_PROPERTY_SEED ?? 20_261_130)
const runs = Number(TASQ_TEST_PROPERTY_RUNS ?? 600)
const MOST_OPERATIONS = 25
/** A machine may have more to do than these tests. */
const PATIENCE_MS = 120_000 + 200 * runs

const hold = (property: Property, share = 1) =>
  test(property.name, { timeout: PATIENCE_MS }, () =>
    holds(property, memoryGround, { seed, runs: Math.ceil(runs * share), path }),
  )

describe(`random sequences of operations, seed ${seed}`, () => {
  hold({ name: 'where nothing breaks', plans: plans('calm', MOST_OPERATIONS) })
  hold({
    name: 'with processes that are killed and connections that break',
    plans: plans('stormy', MOST_OPERATIONS),
  })
})

describe(`pairs of features, seed ${seed}`, () => {
  for (const pair of pairs) hold(pair, 0.1)
})
