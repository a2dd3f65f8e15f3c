import fc, { type Arbitrary } from 'fast-check'
import type {
  Act,
  FaultyCall,
  Limit,
  Operation,
  Plan,
  QueueName,
  Rate,
  TaskPlan,
  UniquePlan,
  WorkerPlan,
} from './plan.ts'

export const queue: Arbitrary<QueueName> = fc.constantFrom('a', 'b')
export const seed = fc.integer({ min: 0, max: 2 ** 31 })
export const beats = (max: number, min = 0) => fc.integer({ min, max })
export const rarely = <Value>(usual: Arbitrary<Value>, other: Arbitrary<Value>, oneIn: number) =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: oneIn - 1, arbitrary: usual },
    { weight: 1, arbitrary: other },
  )
export const optional = <Value>(value: Arbitrary<Value>, oneIn: number) =>
  rarely<Value | undefined>(fc.constant(undefined), value, oneIn)

/** Usually short, sometimes so long that a lease must be renewed. */
const takes = rarely(beats(3), beats(40, 4), 4)

export const act: Arbitrary<Act> = fc.record({
  ends: fc.oneof(
    { weight: 3, arbitrary: fc.constant('succeed' as const) },
    { weight: 5, arbitrary: fc.constant('fail' as const) },
    { weight: 4, arbitrary: fc.constantFrom('permanent', 'snooze', 'rateLimit', 'discard') },
  ),
  takes,
  heeds: rarely(fc.constant(true), fc.constant(false), 4),
  puts: beats(8),
  follows: rarely(fc.constant(0), beats(2, 1), 4),
})

export const uniquePlan: Arbitrary<UniquePlan> = fc.record({
  key: fc.constantFrom('k', 'l'),
  window: optional(beats(40, 1), 3),
  isThrottle: fc.boolean(),
})

export const taskPlan: Arbitrary<TaskPlan> = fc.record({
  queue,
  priority: fc.constantFrom(0, 50, -50),
  delay: rarely(fc.constant(0), beats(15, 1), 3),
  isFar: rarely(fc.constant(false), fc.constant(true), 20),
  unique: optional(uniquePlan, 3),
  expiresIn: optional(beats(20, 1), 4),
  maxAttempts: beats(3, 1),
  keepsResult: fc.boolean(),
  timeout: optional(beats(8, 1), 4),
  script: fc.array(act, { maxLength: 4 }),
})

export const workerPlan: Arbitrary<WorkerPlan> = fc.record({
  concurrency: beats(3, 1),
  prefetch: fc.constantFrom(0, 0, 10),
  weights: optional(fc.record({ a: beats(3, 1), b: beats(3, 1) }), 3),
})

export const rate: Arbitrary<Rate> = fc.record({ tasks: beats(3, 1), beats: beats(20, 2) })

export const limit: Arbitrary<Limit> = fc.record({
  concurrency: optional(beats(2, 1), 2),
  rate: optional(rate, 2),
})

export const process = fc.nat({ max: 2 })

/** What users and operators do. */
const calmOperation: Arbitrary<Operation> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('enqueue'), task: taskPlan }) },
  { weight: 2, arbitrary: tasksOf('enqueueMany') },
  { weight: 2, arbitrary: tasksOf('enqueueAtOnce') },
  { weight: 9, arbitrary: fc.record({ kind: fc.constant('pass'), beats: beats(10, 1) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('cancel'), task: fc.nat({ max: 20 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pause'), queue }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('resume'), queue }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('limit'), queue, limit }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('redrive'), queue }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('setSchedule'), queue }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('pauseSchedule', 'resumeSchedule', 'trigger', 'removeSchedule'),
      queue,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('stop'), process, waits: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start'), process }) },
)

function tasksOf<Kind extends 'enqueueMany' | 'enqueueAtOnce'>(kind: Kind) {
  return fc.record({ kind: fc.constant(kind), tasks: fc.array(taskPlan, { minLength: 2, maxLength: 4 }) })
}

const faultyCall: Arbitrary<FaultyCall> = fc.constantFrom(
  'enqueue',
  'reserve',
  'extend',
  'settle',
  'coordination.write',
)

/** What goes wrong. */
export const disturbance: Arbitrary<Operation> = fc.oneof(
  fc.record({ kind: fc.constant('kill'), process }),
  fc.record({ kind: fc.constant('start'), process }),
  fc.record({ kind: fc.constantFrom('cut', 'hang'), process, beats: beats(30, 1) }),
  fc.record({ kind: fc.constantFrom('lose', 'refuse'), process, call: faultyCall }),
)

const stormyOperation: Arbitrary<Operation> = fc.oneof(
  { weight: 3, arbitrary: calmOperation },
  { weight: 1, arbitrary: disturbance },
)

/** @param maxLength most operations of a plan. */
export function plans(weather: 'calm' | 'stormy', maxLength: number): Arbitrary<Plan> {
  return fc.record({
    seed,
    workers: fc.array(workerPlan, { minLength: 1, maxLength: 2 }),
    limits: fc.record({ a: optional(limit, 3), b: optional(limit, 5) }),
    operations: fc.array(weather === 'calm' ? calmOperation : stormyOperation, {
      minLength: 1,
      maxLength,
      size: 'max',
    }),
  })
}
