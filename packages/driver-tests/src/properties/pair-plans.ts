import fc, { type Arbitrary } from 'fast-check'
import { beats, queue, rarely, seed, workerPlan } from './arbitraries.ts'
import type { Act, Operation, Plan, TaskPlan, WorkerPlan } from './plan.ts'

// What the plans of pairs of features are made of.

type Share = { readonly weight: number; readonly arbitrary: Arbitrary<Operation> }

export const pass = fc.record({ kind: fc.constant('pass' as const), beats: beats(10, 1) })
export const cancel = fc.record({ kind: fc.constant('cancel' as const), task: fc.nat({ max: 20 }) })
export const redrive = fc.record({ kind: fc.constant('redrive' as const), queue })
export const onQueue = <
  Kind extends 'pause' | 'resume' | 'setSchedule' | 'pauseSchedule' | 'resumeSchedule' | 'trigger',
>(
  kind: Kind,
) => ({ kind, queue: 'a' as const })

/** A task of queue `a` that succeeds at once, apart from what is given. */
export function task(
  over: { readonly [Key in keyof TaskPlan]?: Arbitrary<TaskPlan[Key]> },
): Arbitrary<TaskPlan> {
  return fc.record({
    queue: fc.constant('a' as const),
    priority: fc.constant(0),
    delay: fc.constant(0),
    isFar: fc.constant(false),
    maxAttempts: fc.constant(1),
    keepsResult: fc.constant(true),
    script: fc.constant([]),
    ...over,
  })
}

export function enqueue(plan: Arbitrary<TaskPlan>): Arbitrary<Operation> {
  return fc.record({ kind: fc.constant('enqueue' as const), task: plan })
}

/** What a handler does in its calls. */
export function acts(ends: readonly Act['ends'][], longest: number, maxLength: number): Arbitrary<Act[]> {
  const one = fc.record({
    ends: fc.constantFrom(...ends),
    takes: beats(longest),
    heeds: rarely(fc.constant(true), fc.constant(false), 3),
    puts: beats(5),
  })
  return fc.array(one, { maxLength })
}

/** Tasks that are done at once. */
export function fast(count: number): readonly TaskPlan[] {
  const plan = {
    queue: 'a',
    priority: 0,
    delay: 0,
    isFar: false,
    maxAttempts: 1,
    keepsResult: false,
    script: [],
  } as const
  return Array.from({ length: count }, () => plan)
}

/** What plans are made of. */
interface Cast {
  /** @default one or two, at random */
  readonly workers?: Arbitrary<readonly WorkerPlan[]>
  readonly before?: readonly Operation[]
  readonly shares: readonly Share[]
  /** Most operations after those. @default 12 */
  readonly length?: number
}

/** Plans that begin with some operations, and go on with others at random, by their weights. */
export function plansOf({ workers, before = [], shares: parts, length = 12 }: Cast): Arbitrary<Plan> {
  return fc.record({
    seed,
    workers: workers ?? fc.array(workerPlan, { minLength: 1, maxLength: 2 }),
    limits: fc.constant({ a: undefined, b: undefined }),
    operations: fc
      .array(fc.oneof(...parts), { minLength: 1, maxLength: length, size: 'max' })
      .map((operations) => [...before, ...operations]),
  })
}
