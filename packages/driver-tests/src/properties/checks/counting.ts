import { keepsOutcome } from '../enqueuing.ts'
import { QUEUES } from '../plan.ts'
import type { Check } from '../story.ts'

/** The counts of each queue are those of the tasks that are known, nothing is left in anybody's hands, and nothing came from nowhere. */
export const counting: Check = ({ journal, findings, counts, lacks }) => {
  const problems = QUEUES.flatMap((queue) => {
    const found = [...journal.tasks.values()]
      .filter((task) => task.queue === queue)
      .map(({ id }) => findings.get(id)?.state)
    const count = (...states: readonly string[]) =>
      found.filter((state) => state && states.includes(state)).length
    const expected = {
      ready: 0,
      scheduled: count('scheduled'),
      active: 0,
      dead: count('dead'),
      finished: count('completed', 'cancelled'),
    }
    const told = counts.get(queue)
    return Object.entries(expected)
      .filter(([name]) => !lacks.includes('inspection') || name === 'ready' || name === 'dead')
      .filter(([name, number]) => told?.[name as keyof typeof expected] !== number)
      .map(
        ([name, number]) =>
          `queue ${queue} counts ${told?.[name as keyof typeof expected]} ${name}, not ${number}`,
      )
  })
  const unknown = journal.calls
    .filter(({ id }) => !journal.tasks.has(id))
    .map(({ id }) => `${id} was never stored`)
  const twice = [...journal.completions]
    .filter(([id, times]) => times > 1 && journal.tasks.get(id)?.redrives.length === 0)
    .map(([id, times]) => `${id} was completed ${times} times`)
  const kept = [...journal.tasks.values()]
    .filter(({ id, plan }) => !keepsOutcome(plan) && findings.get(id)?.state === 'completed')
    .map(({ id }) => `${id} is kept, which nobody asked for`)
  return [...problems, ...new Set(unknown), ...twice, ...kept]
}
