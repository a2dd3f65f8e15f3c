import type { Bench } from '../bench.ts'
import type { Features, Pace, Subject } from '../subjects/subject.ts'

/** What one run came to. */
export interface Figure {
  /** In the unit of its workload. */
  readonly value: number
  /** CPU time for each task, or for each second of rest, in µs. */
  readonly workerCpuUs?: number
  readonly serverCpuUs?: number
  /** CPU time that others took meanwhile, as a share of one core. */
  readonly disturbance?: number
  /** Further figures of the same run, by their names. */
  readonly more?: Readonly<Record<string, number>>
}

export interface Workload {
  /** `W3 at 100`. */
  readonly name: string
  readonly title: string
  readonly unit: string
  readonly isMoreBetter: boolean
  /** The name of the workload whose figures, round by round, its own are held against. @default none */
  readonly against?: string
  /** @default plain tasks */
  readonly features?: Features
  /** How many tasks a run has, as a share of the usual number. @default 1 */
  readonly share?: number
  /** Which pace of a slow subject its runs are sized by. @default none */
  readonly paced?: keyof Pace
  /** @default everybody can */
  readonly suits?: (subject: Subject) => boolean
  run(bench: Bench): Promise<Figure>
}
