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
  | KeysRole
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
  /** Of calls with few and with many keys. */
  readonly slices?: readonly KeysSlice[]
  /** Of a soak, in the order in which they were taken. */
  readonly samples?: readonly HeapSample[]
}

export type ChildMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'progress'; readonly ran: number }
  | { readonly kind: 'result'; readonly result: ChildResult }

export interface KeysRole {
  readonly kind: 'keys'
  /** How many unique keys are there before the first call. */
  readonly few: number
  /** The same of a second, empty backend of the same kind. */
  readonly many: number
  /** Where that one is. */
  readonly elsewhere: Place
  /** How often calls with new keys and with known ones are made on both in turns, and how many each time. */
  readonly slices: number
  readonly calls: number
  readonly inFlight: number
}

/** How long the calls with new keys took, and those with keys that were there, in ms. */
export interface KeysSlice {
  readonly fresh: Readonly<Record<'few' | 'many', number>>
  readonly repeated: Readonly<Record<'few' | 'many', number>>
}

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
