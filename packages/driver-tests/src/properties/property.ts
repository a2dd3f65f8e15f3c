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

/** How often a plan is run at most, where the machine stands still. */
const MOST_RUNS = 3

/**
 * Runs one plan, and rejects with all that is wrong with what it came to, and with all that happened. What goes wrong while the machine
 * stands still for longer than the scale allows for says nothing: the plan is then run again, with more time for everything.
 */
export async function runOne(plan: Plan, ground: Ground, checks: readonly Check[] = []): Promise<void> {
  let { scale } = ground
  for (let run = 1; ; run++) {
    const { problems, lines, stoodStillMs } = await runOnce(plan, { ...ground, scale }, checks)
    if (problems.length === 0) return
    if (stoodStillMs <= scale.slackMs || run === MOST_RUNS)
      throw new Error(`${problems.join('\n')}\n\nWhat happened (in ms):\n${lines.join('\n')}`)
    scale = withMoreTime(scale)
  }
}

interface Run {
  readonly problems: readonly string[]
  /** What happened. */
  readonly lines: readonly string[]
  readonly stoodStillMs: number
}

async function runOnce(plan: Plan, ground: Ground, checks: readonly Check[]): Promise<Run> {
  const { time, store } = await ground.open()
  const world = new World(plan, ground.scale, time, store, ground.lacks)
  try {
    const problems = await problemsIn(world, checks)
    const { lines, longestCallMs } = world.journal
    return { problems, lines, stoodStillMs: time.end(longestCallMs) }
  } finally {
    if (ground.closes) await world.close()
  }
}

/** Beats stay as long as they are: the plan is the same, and what waits for it does so longer. */
function withMoreTime({ beatMs, leaseMs, heardMs, slackMs, patienceMs }: Scale): Scale {
  const times = 4
  return {
    beatMs,
    leaseMs: times * leaseMs,
    heardMs: times * heardMs,
    slackMs: times * slackMs,
    patienceMs: 2 * patienceMs,
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
