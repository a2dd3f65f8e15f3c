import type { Setting } from '../journal.ts'
import type { Check, Story } from '../story.ts'
import { endOf } from './overlaps.ts'

/** Workers together neither run more of a queue at a time, nor take more of it in some time, than its limits say. */
export const limits: Check = (story) =>
  story.journal.settings.flatMap((setting) => {
    const period = periodOf(story, setting)
    return period === undefined
      ? []
      : [...tooMany(story, setting, period), ...tooFast(story, setting, period)]
  })

interface Period {
  readonly from: number
  readonly to: number
}

/**
 * From when a limit holds until it is changed. One that comes while workers are at work holds for what they take once they have
 * heard of it: what they hold by then stays theirs.
 */
function periodOf({ journal, plan, scale }: Story, setting: Setting): Period | undefined {
  if (setting.kind !== 'limit') return undefined
  const { isFirst = false } = setting
  const isPrefetching = plan.workers.some(({ prefetch }) => prefetch > 0)
  if (!isFirst && (isPrefetching || !journal.isCalm)) return undefined
  const next = journal.settings.find(
    (each) =>
      each.kind === 'limit' &&
      each.queue === setting.queue &&
      each.sentAt >= setting.doneAt &&
      each !== setting,
  )
  const from = isFirst ? setting.doneAt : setting.doneAt + scale.heardMs
  return { from, to: next?.sentAt ?? Number.POSITIVE_INFINITY }
}

function tooMany(
  { journal, scale }: Story,
  { limit, queue }: Setting,
  { from, to }: Period,
): readonly string[] {
  const most = limit?.concurrency ?? Number.POSITIVE_INFINITY
  const calls = journal.calls.filter(
    (call) => call.queue === queue && call.startedAt > from && call.startedAt < to,
  )
  return calls.flatMap((call, index) => {
    const running = calls
      .slice(0, index)
      .filter((other) => endOf(other, journal.killedAt(other.process)) > call.startedAt + scale.slackMs)
    if (running.length < most) return []
    return [
      `${call.id} was started at ${journal.when(call.startedAt)} beside ${running.length} others of queue ${queue}, of which ${most} may run`,
    ]
  })
}

function tooFast(
  { journal, scale }: Story,
  { limit, queue }: Setting,
  { from, to }: Period,
): readonly string[] {
  const rate = limit?.rate
  if (rate === undefined) return []
  const claims = journal.claims.filter(({ queue: of, at }) => of === queue && at > from && at < to)
  const problem = claims.findIndex((first, index) => {
    let count = 0
    return claims.slice(index).some(({ at }) => {
      count++
      const ms = at - first.at + scale.slackMs
      return count > rate.tasks + (ms * rate.tasks) / (rate.beats * scale.beatMs) + 0.001
    })
  })
  const first = claims[problem]
  if (first === undefined) return []
  return [`from ${journal.when(first.at)} on more tasks of queue ${queue} were taken than its rate allows`]
}
