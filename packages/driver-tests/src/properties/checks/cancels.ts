import type { StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'
import { possibleEffects } from './effects.ts'

/** A task that was cancelled while it waited is never started again; one that ran is told, and completes only if its handler does. */
export const cancels: Check = (story) =>
  [...story.journal.tasks.values()].flatMap((task) => [...startedLater(story, task), ...notTold(story, task)])

function startedLater({ journal, findings, scale }: Story, task: StoredTask): readonly string[] {
  if (task.redrives.length > 0) return []
  return task.cancels.flatMap(({ answer, answeredAt }) => {
    if (answer !== 'cancelled' && answer !== 'requested') return []
    const state = findings.get(task.id)?.state
    if (answer === 'cancelled' && state !== 'cancelled' && state !== 'gone')
      return [`${task.id} is ${state} although it was cancelled`]
    const heardAt = answeredAt + (answer === 'cancelled' ? scale.slackMs : scale.heardMs)
    const late = journal
      .callsOf(task.id)
      .find(({ startedAt, process }) => startedAt > heardAt && journal.isSound(process, startedAt))
    if (late === undefined || (answer === 'requested' && !journal.isSure(task.id))) return []
    return [`${task.id} was started at ${journal.when(late.startedAt)} although it was cancelled`]
  })
}

/** The signal of a handler that runs when its task is cancelled aborts soon. */
function notTold({ journal, scale }: Story, task: StoredTask): readonly string[] {
  return task.cancels.flatMap(({ answer, sentAt, answeredAt }) => {
    if (answer !== 'requested' || !journal.isSure(task.id)) return []
    const heardAt = answeredAt + scale.heardMs
    return journal
      .callsOf(task.id)
      .filter(({ startedAt, endedAt = Number.POSITIVE_INFINITY }) => startedAt < sentAt && endedAt > heardAt)
      .filter(({ abortedAt = Number.POSITIVE_INFINITY }) => abortedAt > heardAt)
      .filter((call) => possibleEffects(call, task, true).includes('completed') || call.endedAt !== undefined)
      .map(() => `${task.id} ran on and its signal was not told that it was cancelled`)
  })
}
