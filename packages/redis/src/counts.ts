import type { AllCounts } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { listOf, numberOf } from './replies.ts'
import { scripts } from './scripts.ts'

/** How many tasks of a queue are in which state. */
export async function countsOf(backend: Backend, queue: string): Promise<AllCounts> {
  const [ready, scheduled, active, dead, finished] = listOf(await backend.run(scripts.count, queue)).map(
    numberOf,
  )
  return {
    queue,
    ready: ready ?? 0,
    scheduled: scheduled ?? 0,
    active: active ?? 0,
    dead: dead ?? 0,
    finished: finished ?? 0,
  }
}
