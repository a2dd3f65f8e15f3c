import type { Call, StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'
import { attemptsUsed, possibleEffects } from './effects.ts'

/** Attempts are counted as they should be: failures, timeouts and losses are some, snoozes, releases and rate limits are none. */
export const attempts: Check = (story) =>
  [...story.journal.tasks.values()].flatMap((task) =>
    story.journal.livesOf(task).flatMap((calls) => problemsOf(story, task, calls)),
  )

function problemsOf({ journal }: Story, task: StoredTask, calls: readonly Call[]): readonly string[] {
  const isSure = journal.isSure(task.id)
  const problems: string[] = []
  const [first] = calls
  if (first !== undefined && (isSure ? first.attempt !== 1 : first.attempt < 1))
    problems.push(`${task.id} began with attempt ${first.attempt}`)
  calls.forEach((call, index) => {
    const { attempt } = call
    if (attempt > task.plan.maxAttempts)
      problems.push(`${task.id} was started for attempt ${attempt} of ${task.plan.maxAttempts}`)
    const next = calls[index + 1]
    if (next === undefined) return
    const goesOn = possibleEffects(call, task, isSure).filter(
      (effect) => effect === 'failed' || effect === 'released' || effect === 'lost',
    )
    const used = goesOn.map(attemptsUsed)
    const step = next.attempt - attempt
    const isRight = isSure ? used.includes(step) : used.some((least) => step >= least)
    if (!isRight) {
      const what =
        goesOn.length === 0 ? 'which should have been its last' : `after which ${goesOn} was possible`
      problems.push(`${task.id} was started for attempt ${next.attempt} after attempt ${attempt}, ${what}`)
    }
  })
  return problems
}
