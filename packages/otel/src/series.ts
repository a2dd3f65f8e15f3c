import type { Attributes } from '@opentelemetry/api'
import { commonAttributes, ERROR_TYPE, type Operation } from './conventions.ts'

/** How often something has happened that these attributes describe. */
export interface Tally {
  readonly attributes: Attributes
  count: number
}

/** What all operations of one kind on tasks of one definition in one queue share. */
export interface Series {
  readonly spanName: string
  readonly attributes: Attributes
  /** In which those are counted that have not failed, and those that have. */
  readonly fine: Tally
  failedWith(errorType: string): Tally
}

/** Queues may be named by a program as it runs: those that come beyond are measured as one, marked as the SDK marks it. */
const MOST = 1_000
const OVERFLOW: Attributes = { 'otel.metric.overflow': true }
/** Errors are named by their codes and classes; where there are more of them than this, the rest is `_OTHER`, as the conventions have it. */
const MOST_ERRORS = 50
const OTHER = '_OTHER'

/** The series of one kind of operation, each made once. */
export class SeriesOf {
  /** All that is counted. */
  readonly tallies: Tally[] = []
  readonly #operation: Operation
  readonly #queues = new Map<string, Map<string, Series>>()
  readonly #rest: Tallies
  #size = 0

  constructor(operation: Operation) {
    this.#operation = operation
    this.#rest = new Tallies(OVERFLOW, this.tallies)
  }

  get(queue: string, task: string): Series {
    return this.#queues.get(queue)?.get(task) ?? this.#make(queue, task)
  }

  #make(queue: string, task: string): Series {
    const attributes = Object.freeze(commonAttributes(this.#operation, queue, task))
    const isKept = this.#size < MOST
    const { fine, failedWith } = isKept ? new Tallies(attributes, this.tallies) : this.#rest
    const series = { spanName: `${this.#operation} ${queue}`, attributes, fine, failedWith }
    if (!isKept) return series
    const tasks = this.#queues.get(queue) ?? new Map<string, Series>()
    tasks.set(task, series)
    this.#queues.set(queue, tasks)
    this.#size++
    return series
  }
}

/** One tally for what went well, and one for each type of error. */
class Tallies {
  readonly fine: Tally
  readonly #attributes: Attributes
  readonly #all: Tally[]
  readonly #failed = new Map<string, Tally>()

  constructor(attributes: Attributes, all: Tally[]) {
    this.#attributes = attributes
    this.#all = all
    this.fine = this.#add(attributes)
  }

  readonly failedWith = (errorType: string): Tally => {
    const known = this.#failed.get(errorType)
    if (known !== undefined) return known
    if (this.#failed.size >= MOST_ERRORS && errorType !== OTHER) return this.failedWith(OTHER)
    const tally = this.#add({ ...this.#attributes, [ERROR_TYPE]: errorType })
    this.#failed.set(errorType, tally)
    return tally
  }

  #add(attributes: Attributes): Tally {
    const tally = { attributes, count: 0 }
    this.#all.push(tally)
    return tally
  }
}
