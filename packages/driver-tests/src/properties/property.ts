import fc, { type Arbitrary } from 'fast-check'
import { problemsOf } from './checks.ts'
import type { Plan, Scale } from './plan.ts'
import type { Lack, PropertyStore } from './property-store.ts'
import { runPlan } from './run-plan.ts'
import type { StageTime } from './stage-time.ts'
import type { Check } from './story.ts'
import { World } from './world.ts'

/** A kind of plan, and what must hold for its plans beside what must hold for all. */
export interface Property {
  readonly name: string
  readonly plans: Arbitrary<Plan>
  readonly checks?: readonly Check[]
  /** Runs only where it is there. @default nothing that a backend may lack */
  readonly needs?: Lack
}

/** Where and how fast plans are run. */
export interface Ground {
  readonly scale: Scale
  /** How time passes in a run that begins now, and an empty backend for it. */
  open(): Promise<{ readonly time: StageTime; readonly store: PropertyStore }>
  /** What the backend can't do. @default nothing */
  readonly lacks?: readonly Lack[]
  /** Whether the backend has something to let go of after each run. */
  readonly closes: boolean
}

/** Runs one plan, and rejects with all that is wrong with what it came to, and with all that happened. */
export async function runOne(plan: Plan, ground: Ground, checks: readonly Check[] = []): Promise<void> {
  const { time, store } = await ground.open()
  const world = new World(plan, ground.scale, time, store, ground.lacks)
  try {
    const problems = await problemsIn(world, checks)
    if (problems.length === 0) return
    const { lines } = world.journal
    throw new Error(`${problems.join('\n')}\n\nWhat happened (in ms):\n${lines.join('\n')}`)
  } finally {
    if (ground.closes) await world.close()
  }
}

async function problemsIn(world: World, checks: readonly Check[]): Promise<readonly string[]> {
  try {
    return problemsOf(await runPlan(world), checks)
  } catch (error) {
    return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  }
}

/** What a seed of its own gives: the same plans again. Path is that of a shrunk counterexample, as fast-check prints it. */
export interface Chance {
  readonly seed: number
  readonly runs: number
  readonly path?: string | undefined
}

/** Runs many plans, and shrinks one that fails. */
export async function holds(property: Property, ground: Ground, chance: Chance): Promise<void> {
  const { seed, runs, path } = chance
  await fc.assert(
    fc.asyncProperty(property.plans, (plan) => runOne(plan, ground, property.checks)),
    { seed, numRuns: runs, ...(path === undefined ? {} : { path }) },
  )
}
