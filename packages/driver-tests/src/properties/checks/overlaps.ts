import type { Call } from '../journal.ts'
import type { Check } from '../story.ts'

/** No two handlers of one task at the same time, unless the first has been told that its time is over, or its process is dead. */
export const overlaps: Check = ({ journal, scale }) =>
  [...journal.tasks.keys()].flatMap((id) => {
    const calls = journal.callsOf(id)
    return calls.flatMap((call, index) => {
      const over = endOf(call, journal.killedAt(call.process))
      const next = calls.slice(index + 1).find(({ startedAt }) => startedAt + scale.slackMs < over)
      return next === undefined
        ? []
        : [
            `${id} was started at ${journal.when(next.startedAt)} while its call of ${journal.when(call.startedAt)} still ran`,
          ]
    })
  })

/** When a handler was over, or might be taken to be. */
export function endOf({ endedAt, abortedAt }: Call, killedAt: number | undefined): number {
  return Math.min(...[endedAt, abortedAt, killedAt].map((at) => at ?? Number.POSITIVE_INFINITY))
}
