import type { Features, Place } from './subjects/subject.ts'

// What a process is told to do, and what it answers.

export interface ChildCall {
  readonly backend: string
  readonly subject: string
  readonly place: Place
  readonly features: Features
  readonly role: Role
}

export type Role =
  | { readonly kind: 'enqueue'; readonly tasks: number; readonly inFlight: number }
  | {
      readonly kind: 'enqueueMany'
      readonly tasks: number
      readonly batch: number
      readonly extraBytes: number
    }
  | {
      readonly kind: 'drain'
      /** How many are stored in all; what another process runs of them is not awaited here. */
      readonly tasks: number
      /** Stops after so many. */
      readonly drained: number
      readonly concurrency: number
      readonly handlerMs: number
      /** Tasks that this process must store itself, where no other can. */
      readonly fill: number
      readonly isAlone: boolean
    }
  | { readonly kind: 'pickup'; readonly tasks: number }
  | { readonly kind: 'produce'; readonly tasks: number; readonly everyMs: number }
  | { readonly kind: 'idle'; readonly seconds: number }
  | SoakRole
  | { readonly kind: 'count' }

/** What a role came to. */
export interface ChildResult {
  /** How many tasks were measured, and how long they took. */
  readonly tasks: number
  readonly seconds: number
  readonly cpuMs: number
  readonly rssMb: number
  /** Runs of each task, for the check. */
  readonly runs?: string
  readonly left: number
  /** In ms, in rising order. */
  readonly latencies?: readonly number[]
  /** Of a soak, in the order in which they were taken. */
  readonly samples?: readonly HeapSample[]
}

export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly ran: number }
  | { readonly kind: 'result'; readonly result: ChildResult }

export interface SoakRole {
  readonly kind: 'soak'
  readonly seconds: number
  readonly sampleSeconds: number
  readonly concurrency: number
  readonly inFlight: number
  /** The producer waits while more tasks than this have not run. */
  readonly mostOutstanding: number
}

/** What the heap held after a collection. */
export interface HeapSample {
  readonly seconds: number
  readonly kb: number
}
