import type { Coordination, Driver, Results } from '@tasq/core/driver'

/** What properties need of a driver. */
export interface PropertyDriver extends Driver {
  readonly results: Results
  readonly coordination: Coordination
}

/** An empty backend of its own for one run. */
export interface PropertyStore {
  /** A new connection. */
  driver(): PropertyDriver
  /** Removes it. @default nothing */
  dispose?(): Promise<void>
}

/**
 * What a backend may lack. Plans that need it are not run there, and what can't be seen there is not looked at:
 *
 * - `order`: of what is ready the most important and the oldest is taken first;
 * - `debounce`;
 * - `inspection`: to look at single tasks, and to count those that wait for their time, run or are finished. There a task is known by what it
 *   came to and by the dead letters, and what it came to is known for a while, asked for or not.
 */
export type Lack = 'order' | 'debounce' | 'inspection'
