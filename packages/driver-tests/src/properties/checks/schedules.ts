import type { StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'

/** Each tick of a schedule has one task, and a schedule that is paused or removed has none until it goes on. */
export const schedules: Check = (story) => [...firedTwice(story), ...firedInPause(story)]

function firedTwice({ journal }: Story): readonly string[] {
  const ticks = new Map<string, string>()
  return ticksOf(journal).flatMap(({ id, queue, scheduledFor }) => {
    const tick = `${queue} ${scheduledFor}`
    const first = ticks.get(tick)
    ticks.set(tick, id)
    return first === undefined
      ? []
      : [`${first} and ${id} are both for the tick of ${journal.when(scheduledFor ?? 0)}`]
  })
}

function firedInPause({ journal, scale }: Story): readonly string[] {
  return journal.scheduleChanges.flatMap((change) => {
    if (change.kind !== 'pauseSchedule' && change.kind !== 'removeSchedule') return []
    const next = journal.scheduleChanges.find(
      (each) =>
        each.queue === change.queue && each.sentAt >= change.doneAt && endsPause(change.kind, each.kind),
    )
    const until = next?.sentAt ?? Number.POSITIVE_INFINITY
    return ticksOf(journal)
      .filter(({ id, queue }) => {
        const enqueuedAt = journal.callsOf(id)[0]?.enqueuedAt
        return (
          queue === change.queue &&
          enqueuedAt !== undefined &&
          enqueuedAt > change.doneAt + scale.slackMs &&
          enqueuedAt < until - scale.slackMs
        )
      })
      .map(({ id }) => `${id} was fired after its schedule was told: ${change.kind}`)
  })
}

/** Set again as it is, a paused schedule stays paused. */
function endsPause(pause: string, kind: string): boolean {
  return kind === 'removeSchedule' || kind === (pause === 'pauseSchedule' ? 'resumeSchedule' : 'setSchedule')
}

function ticksOf({ tasks, triggered }: Story['journal']): readonly StoredTask[] {
  return [...tasks.values()].filter(
    ({ id, scheduledFor }) => scheduledFor !== undefined && !triggered.has(id),
  )
}
