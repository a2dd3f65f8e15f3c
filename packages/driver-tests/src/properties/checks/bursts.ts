import type { Burst, Call } from '../journal.ts'
import type { Check, Story } from '../story.ts'

/**
 * For plans whose tasks all are debounced by queue, from one producer: what runs is the latest input that had come by then, not before
 * it has waited; and each input runs, or a later one in its place.
 */
export const bursts: Check = (story) => [...runs(story), ...left(story)]

function runs({ journal, scale }: Story): readonly string[] {
  return journal.calls.flatMap((call) => {
    const burst = journal.bursts.find(({ number }) => number === call.number)
    if (burst === undefined) return [`${call.id} ran with an input that nobody gave it`]
    const earliest = burst.sentAt + (burst.plan.debounce ?? 0) * scale.beatMs - scale.slackMs
    const problems: string[] = []
    if (burst.id !== call.id)
      problems.push(`${call.id} ran with the input ${burst.number}, which is that of ${burst.id}`)
    if (call.startedAt < earliest)
      problems.push(`${call.id} ran at ${journal.when(call.startedAt)}, too early`)
    return problems
  })
}

function left({ journal }: Story): readonly string[] {
  return journal.bursts
    .filter((burst) => !journal.calls.some((call) => standsFor(call, burst)))
    .map(({ id, number }) => `the input ${number} of ${id} did not run, nor did a later one in its place`)
}

function standsFor({ id, number = 0 }: Call, burst: Burst): boolean {
  return id === burst.id && number >= burst.number
}
