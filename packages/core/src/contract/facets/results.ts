import type { Payload, TaskRef } from '../envelope.ts'
import type { DeadReason, Failure } from '../failure.ts'

/** What a task came to, or where it is. `unknown`: never existed, was removed, or its outcome is no longer kept. */
export type ResultReading =
  | { readonly state: 'pending' }
  | { readonly state: 'completed'; readonly result: Payload | undefined; readonly finishedAt: number }
  | { readonly state: 'cancelled'; readonly reason: string | undefined; readonly finishedAt: number }
  | {
      readonly state: 'dead'
      readonly reason: DeadReason
      readonly failure: Failure | undefined
      readonly finishedAt: number
    }
  | { readonly state: 'unknown' }

/** Called when tasks may have finished; without `refs`, any may have. A hint: it may be missed or come twice. */
export type FinishedHint = (refs?: readonly TaskRef[]) => void

/** Kept outcomes. */
export interface Results {
  /** One reading for each ref, in order. */
  read(refs: readonly TaskRef[]): Promise<readonly ResultReading[]>
  /** Starts hints of tasks that finish from now on, in any process; resolves to the way to stop them. */
  watch(hint: FinishedHint): Promise<() => Promise<void>>
}
