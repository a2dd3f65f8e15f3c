import type { SqsServer } from '@tasq/test-support/servers'
import type { Backend } from './backend.ts'

/** What each task carries: about 100 bytes as MessagePack or JSON, unless a workload makes it larger. */
export interface Payload {
  /** Which of the tasks of a run this is, from 0. */
  readonly index: number
  /** Monotonic time of this machine in ms when it was enqueued, where that is measured. */
  readonly sentAt?: number
  readonly [field: string]: unknown
}

export type Handler = (payload: Payload) => Promise<void>

/** How an empty backend is reached. */
export interface Place {
  /** Of a server. */
  readonly url: string
  /** Of an embedded database; nothing is there yet, or what an earlier process of the same run has stored. */
  readonly file: string
  /** Of a service of AWS. @default it is none */
  readonly access?: SqsServer['access']
  /** The store beside a broker. @default none */
  readonly store?: Place
}

/** Somebody whose speed is measured, on one backend, with one set of settings. */
export interface Subject {
  readonly name: string
  readonly backend: Backend
  /** What is set otherwise than by default, for the report. */
  readonly settings: string
  /** Whether it is no queue but the least that the backend must do: the limit of the others. */
  readonly isRaw?: boolean
  /** Whether a raw one waits for tasks, so that it can be measured at rest. @default false */
  readonly waits?: boolean
  /** The most tasks of one run, where its backend can hold no more. @default no bound */
  readonly mostTasks?: number
  /** About how many tasks a second it does where it is slow; its runs there are smaller. @default as many as the others */
  readonly pace?: Pace
  open(place: Place, features: Features): Promise<Session>
}

/** Tasks a second, by what is done with them. */
export interface Pace {
  readonly enqueue?: number
  readonly enqueueMany?: number
  readonly drain?: number
}

/** What a workload asks for beyond plain tasks. */
export interface Features {
  /** Each task has a unique key, and its result is kept. */
  readonly uniqueAndKept: boolean
  /** What is told of each task. @default nothing */
  readonly monitoring?: Monitoring
}

/**
 * - `counts`: a listener of every event, and the worker's metrics, as Prometheus is told them.
 * - `sampled`: OpenTelemetry too, with its metrics, and spans of one task in a hundred.
 * - `traced`: the same with the spans of every task.
 * - `published`: listeners and metrics, and every event is published to other processes, where the backend can carry them.
 */
export type Monitoring = 'counts' | 'sampled' | 'traced' | 'published'

/** A subject at work, in one process. */
export interface Session {
  /** Stores one task; resolves when it is as safe as the subject makes it. */
  enqueue(payload: Payload): Promise<void>
  /** Stores many, in the best way that it has for that. */
  enqueueMany(payloads: readonly Payload[]): Promise<void>
  /** Starts a worker; resolves when it is ready to work. */
  work(concurrency: number, handler: Handler): Promise<Working>
  /** How many tasks are stored that are not finished; dead and failed ones count. */
  left(): Promise<number>
  close(): Promise<void>
}

export interface Working {
  /** Ends the worker; resolves when all that ran is settled. */
  stop(): Promise<void>
}

/** About 100 bytes. */
export function payloadOf(index: number, extraBytes = 0): Payload {
  return {
    index,
    path: `some/folder/of/pictures/${index}.png`,
    width: 800,
    height: 600,
    format: 'image/webp',
    owner: 'somebody@example.org',
    ...(extraBytes > 0 ? { body: 'x'.repeat(extraBytes) } : {}),
  }
}

export function payloads(count: number, extraBytes = 0): readonly Payload[] {
  return Array.from({ length: count }, (_, index) => payloadOf(index, extraBytes))
}
