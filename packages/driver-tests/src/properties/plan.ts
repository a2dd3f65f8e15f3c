/**
 * What a property runs: plain data, so that it can be made at random, shrunk, printed and run again. Times are in beats, whose length is
 * the scale's: the same plan runs in virtual time and, faster, on real backends.
 */
export interface Plan {
  /** Of the random numbers that apps use. */
  readonly seed: number
  /** A process each, with one worker. */
  readonly workers: readonly WorkerPlan[]
  /** Set before the workers start. */
  readonly limits: Readonly<Record<QueueName, Limit | undefined>>
  readonly operations: readonly Operation[]
}

export const QUEUES = ['a', 'b'] as const
export type QueueName = (typeof QUEUES)[number]

export interface WorkerPlan {
  readonly concurrency: number
  readonly prefetch: number
  /** Weights of the queues, for `weighted`; absent means `strict`. */
  readonly weights?: Readonly<Record<QueueName, number>> | undefined
  /** Its own limit. */
  readonly rate?: Rate | undefined
}

export interface Rate {
  readonly tasks: number
  readonly beats: number
}

/** Of all workers of a queue together. */
export interface Limit {
  readonly concurrency?: number | undefined
  readonly rate?: Rate | undefined
}

export interface TaskPlan {
  readonly queue: QueueName
  readonly priority: number
  readonly delay: number
  /** Due so late that it still waits at the end. */
  readonly isFar: boolean
  readonly unique?: UniquePlan | undefined
  /** How long it waits for another one with its queue's key that takes its place. */
  readonly debounce?: number | undefined
  readonly expiresIn?: number | undefined
  readonly maxAttempts: number
  readonly keepsResult: boolean
  readonly timeout?: number | undefined
  /** What its handler does each time that it is called; afterwards it succeeds. */
  readonly script: readonly Act[]
}

export interface UniquePlan {
  readonly key: string
  readonly window?: number | undefined
  /** Whether it is said as `throttle`, where it has a window. */
  readonly isThrottle?: boolean | undefined
}

/** One call of a handler. */
export interface Act {
  readonly ends: 'succeed' | 'fail' | 'permanent' | 'snooze' | 'rateLimit' | 'discard'
  /** How long it takes. */
  readonly takes: number
  /** Whether it ends when its signal aborts. */
  readonly heeds: boolean
  /** For how long it puts the task off, or its queue. */
  readonly puts: number
  /** How many tasks are to follow its completion. @default 0 */
  readonly follows?: number | undefined
}

/** Processes are named by any number: it is taken modulo how many there are. So are tasks, of those that are known by then. */
export type Operation =
  | { readonly kind: 'enqueue'; readonly task: TaskPlan }
  | { readonly kind: 'enqueueMany'; readonly tasks: readonly TaskPlan[] }
  /** By two producers, at the same time. */
  | { readonly kind: 'enqueueAtOnce'; readonly tasks: readonly TaskPlan[] }
  | { readonly kind: 'cancel'; readonly task: number }
  | { readonly kind: 'pause' | 'resume'; readonly queue: QueueName }
  | { readonly kind: 'limit'; readonly queue: QueueName; readonly limit: Limit }
  | { readonly kind: 'redrive'; readonly queue: QueueName }
  | {
      readonly kind: 'setSchedule' | 'pauseSchedule' | 'resumeSchedule' | 'trigger' | 'removeSchedule'
      readonly queue: QueueName
    }
  | { readonly kind: 'stop'; readonly process: number; readonly waits: boolean }
  | { readonly kind: 'start'; readonly process: number }
  | { readonly kind: 'kill'; readonly process: number }
  | Outage
  | BrokenCall
  | { readonly kind: 'pass'; readonly beats: number }

/** A connection that is refused, or gives no answer, for so long. */
export interface Outage {
  readonly kind: 'cut' | 'hang'
  readonly process: number
  readonly beats: number
}

/** One call that is not sent, or whose answer is lost. */
export interface BrokenCall {
  readonly kind: 'lose' | 'refuse'
  readonly process: number
  readonly call: FaultyCall
}

/** Which call; an `enqueue` is the producer's. */
export type FaultyCall = 'enqueue' | 'reserve' | 'extend' | 'settle' | 'coordination.write'

/** How long things take, in ms. */
export interface Scale {
  readonly beatMs: number
  readonly leaseMs: number
  /** How long a pause may take to be heard of. */
  readonly heardMs: number
  /** By how much clocks and timers may differ. */
  readonly slackMs: number
  /** How long it may take until all is settled in the end. */
  readonly patienceMs: number
}
