import type { Enqueued, NewTask, SettleAnswer, Settlement } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import type { Held } from './leases.ts'
import { storeTasks } from './storing.ts'

const CREATED: Enqueued = Object.freeze({ status: 'created' })

/** A settlement of what is held, with what is to follow it. */
interface Completing {
  readonly settlement: Settlement
  readonly held: Held
  readonly answer: (answer: SettleAnswer) => void
}

/**
 * Stores what follows completions. Gives those of which all is stored; the others are answered as rejected, and what was stored of
 * theirs is remembered, so that the next try stores only the rest.
 */
export async function storeFollowUps<Work extends Completing>(
  backend: Backend,
  works: readonly Work[],
): Promise<readonly Work[]> {
  const tasks: NewTask[] = []
  const answers: (Enqueued | undefined)[] = []
  const ends: number[] = []
  for (const { settlement, held } of works) {
    for (const task of followUpsOf(settlement)) {
      tasks.push(task)
      answers.push(held.followed?.has(task.envelope.id) ? CREATED : undefined)
    }
    ends.push(tasks.length)
  }
  if (tasks.length === 0) return works
  const problem = await storeTasks(backend, tasks, answers)
  return works.filter(({ held, answer }, index) => {
    const [start, end] = [ends[index - 1] ?? 0, ends[index] ?? 0]
    const own = answers.slice(start, end)
    if (own.every((each) => each?.status === 'created')) {
      held.isPublished = true // only its deletion is left, also for another try
      return true
    }
    const stored = tasks.slice(start, end).filter((_, position) => own[position]?.status === 'created')
    held.followed = new Set(stored.map(({ envelope }) => envelope.id))
    const refusal = own.find((each) => each?.status === 'rejected')
    const error = refusal?.status === 'rejected' ? refusal.error : problem
    if (error !== undefined) answer({ rejected: error })
    return false
  })
}

export function followUpsOf(settlement: Settlement): readonly NewTask[] {
  return settlement.kind === 'complete' ? (settlement.followUps ?? []) : []
}
