import type { CaseContext } from './context.ts'
import type { Trait } from './traits.ts'

/** One thing that a driver must do. It fails by throwing. */
export interface ConformanceCase {
  /** A sentence that is true of a conforming driver. */
  readonly name: string
  /** The case exists only for drivers with all of these. */
  readonly needs?: readonly Trait[]
  readonly run: (context: CaseContext) => Promise<void>
}

/** The cases of one concern. */
export interface ConformanceTopic {
  readonly name: string
  /** Asked by each of its cases. */
  readonly needs?: readonly Trait[]
  readonly cases: readonly ConformanceCase[]
}
