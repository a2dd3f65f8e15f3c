import type { Coordination } from '@tasq/core/driver'
import type { TestedDriver } from '../store.ts'

/** What properties need of a driver. */
export interface PropertyDriver extends TestedDriver {
  readonly coordination: Coordination
}

/** An empty backend of its own for one run. */
export interface PropertyStore {
  /** A new connection. */
  driver(): PropertyDriver
  /** Removes it. @default nothing */
  dispose?(): Promise<void>
}
