import { InvalidArgumentError } from 'commander'
import { integer, list } from '../config/values.ts'

/** What is measured. */
export interface BenchPlan {
  /** Tasks of each drain. */
  readonly count: number
  /** One drain for each. */
  readonly concurrencies: readonly number[]
  /** Of each task's input, about. */
  readonly payloadBytes: number
}

/** Tasks that come one by one to a worker that has nothing to do. */
export const SAMPLES = 100

const MOST_WARM_UP = 500
const MOST_TASKS = 100_000
const MOST_BYTES = 1024 * 1024
const MOST_CONCURRENCY = 1_000
const MOST_DRAINS = 5
/** Of one drain. */
const MOST_STORED_BYTES = 512 * 1024 * 1024

export function taskCount(text: string): number {
  return within(text, 1, MOST_TASKS)
}

export function payloadSize(text: string): number {
  return within(text, 1, MOST_BYTES)
}

export function concurrencies(text: string): readonly number[] {
  const values = list(text).map((part) => within(part, 1, MOST_CONCURRENCY))
  if (values.length <= MOST_DRAINS) return values
  throw new InvalidArgumentError(`Use at most ${MOST_DRAINS} of them.`)
}

/** Whether all the tasks of a drain together are no burden. */
export function isTooMuch({ count, payloadBytes }: BenchPlan): boolean {
  return count * payloadBytes > MOST_STORED_BYTES
}

/** Tasks that run before it is measured: code that has not run yet is slow. */
export function warmUpOf({ count }: BenchPlan): number {
  return Math.min(count, MOST_WARM_UP)
}

/** Of the warm-up, of all drains, and of the wait for each single one. */
export function totalOf(plan: BenchPlan): number {
  return warmUpOf(plan) + plan.count * plan.concurrencies.length + SAMPLES
}

function within(text: string, least: number, most: number): number {
  const number = integer(text)
  if (number < least || number > most)
    throw new InvalidArgumentError(`Use an integer from ${least} to ${most}.`)
  return number
}
