import type { Call } from '../journal.ts'
import type { Check, Story } from '../story.ts'

/** Nothing of a queue starts once it has been heard of that it is paused, or that a handler has put it off. */
export const pauses: Check = (story) => [...pausedByOperators(story), ...heldByHandlers(story)]

function pausedByOperators({ journal, scale }: Story): readonly string[] {
  return journal.settings.flatMap((pause) => {
    if (pause.kind !== 'pause') return []
    const heardAt = pause.doneAt + scale.heardMs
    const until = resumedAt(journal.settings, pause.queue, pause.doneAt)
    return journal.calls
      .filter((call) => call.queue === pause.queue && isWithin(call, heardAt, until))
      .filter((call) => journal.isSound(call.process, call.startedAt))
      .map(({ id, startedAt }) => {
        const since = `paused since ${journal.when(pause.doneAt)}`
        return `${id} was started at ${journal.when(startedAt)}, but its queue was ${since}`
      })
  })
}

function heldByHandlers({ journal, scale }: Story): readonly string[] {
  return journal.calls.flatMap((holder) => {
    const { endedAt, end, causeAtEnd, queue, process } = holder
    if (end !== 'rateLimit' || endedAt === undefined || causeAtEnd !== undefined) return []
    const until = Math.min(
      endedAt + holder.act.puts * scale.beatMs,
      resumedAt(journal.settings, queue, endedAt),
    )
    return journal.calls
      .filter((call) => call.queue === queue)
      .filter(
        (call) => journal.isSound(process, call.startedAt) && journal.isSound(call.process, call.startedAt),
      )
      .filter((call) => {
        const heardMs = call.process === process ? scale.slackMs : scale.heardMs
        return isWithin(call, endedAt + heardMs, until - scale.slackMs)
      })
      .map(({ id, startedAt }) => {
        const since = `since ${journal.when(endedAt)}`
        return `${id} was started at ${journal.when(startedAt)}, but ${holder.id} had put its queue off ${since}`
      })
  })
}

function resumedAt(settings: Story['journal']['settings'], queue: string, from: number): number {
  const resume = settings.find(
    (setting) => setting.kind === 'resume' && setting.queue === queue && setting.doneAt >= from,
  )
  return resume?.sentAt ?? Number.POSITIVE_INFINITY
}

function isWithin({ startedAt }: Call, from: number, to: number): boolean {
  return startedAt > from && startedAt < to
}
