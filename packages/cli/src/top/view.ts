import type { PresentWorker, QueueOverview, Tasq } from '@tasq/core'
import { TasqError } from '@tasq/core'
import type { RecentFailures, SeenFailure } from './failures.ts'

/** What stands in a backend at one time. */
export interface View {
  readonly at: Date
  readonly driver: string
  readonly queues: readonly QueueOverview[]
  /** `undefined` where the backend does not know of them. */
  readonly workers: readonly PresentWorker[] | undefined
  /** The latest first. */
  readonly failures: readonly SeenFailure[]
}

/**
 * Looks at everything once.
 * @param queues only these. @default all
 */
export async function look(
  tasq: Tasq,
  failures: RecentFailures,
  queues: readonly string[] | undefined,
): Promise<View> {
  const [overviews, workers] = await Promise.all([tasq.overview({ queues }), workersOf(tasq)])
  await failures.look(overviews)
  return { at: new Date(), driver: tasq.driver.name, queues: overviews, workers, failures: failures.latest }
}

async function workersOf(tasq: Tasq): Promise<readonly PresentWorker[] | undefined> {
  try {
    return await tasq.workers.list()
  } catch (error) {
    if (TasqError.isInstance(error) && error.code === 'TASQ_UNSUPPORTED') return undefined
    throw error
  }
}
