import type { Check } from '../story.ts'

/** A task that has expired is not started; one that was started in time may be tried again. */
export const expiries: Check = ({ journal, scale }) =>
  [...journal.tasks.values()].flatMap(({ id, plan, answeredAt, redrives }) => {
    const [first] = journal.callsOf(id)
    if (plan.expiresIn === undefined || first === undefined || first.attempt > 1) return []
    if (redrives.some((callsBefore) => journal.calls.indexOf(first) >= callsBefore)) return []
    const latest = answeredAt + plan.expiresIn * scale.beatMs + scale.slackMs
    return first.startedAt > latest
      ? [`${id} was started at ${journal.when(first.startedAt)}, but had expired at ${journal.when(latest)}`]
      : []
  })
