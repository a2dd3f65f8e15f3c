import { randomInt } from 'node:crypto'

/** Far below what a double holds exactly, with room to count for as long as any process lives. */
const HIGHEST_START = 2 ** 47

/**
 * Numbers of tasks: each process counts on from a random one, so that no two of them meet. They put the tasks of one process in order
 * that become ready in the same ms, and tell a task's rows from those of an earlier task with its id.
 */
export class Sequences {
  #next = randomInt(HIGHEST_START)

  /** The first of so many numbers in a row. */
  take(count: number): number {
    const first = this.#next
    this.#next += count
    return first
  }
}
