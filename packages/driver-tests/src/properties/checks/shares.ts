import type { Claim } from '../journal.ts'
import { QUEUES, type QueueName } from '../plan.ts'
import type { Check, Story } from '../story.ts'

/** For plans whose only worker starts when all tasks are there: it takes from queues by their weights, and no faster than it may. */
export const shares: Check = (story) => [...unfair(story), ...fast(story)]

function unfair({ journal, plan, endedAt }: Story): readonly string[] {
  const weights = plan.workers[0]?.weights
  if (weights === undefined) return []
  const claims = journal.claims.filter(({ at }) => at >= endedAt)
  const last = Math.min(...QUEUES.map((queue) => claims.findLastIndex((claim) => claim.queue === queue)))
  const first = Math.max(...QUEUES.map((queue) => claims.findIndex((claim) => claim.queue === queue)))
  // A broker may bring the tasks of one queue before those of the other: the shares are counted from when both are there.
  const both = claims.slice(Math.max(0, first - 1), last + 1)
  const most = Math.max(...QUEUES.map((queue) => 2 / weights[queue]))
  const had = (queue: QueueName, upTo: number) =>
    both.slice(0, upTo).filter((claim) => claim.queue === queue).length / weights[queue]
  const problem = both.findIndex((_, index) => Math.abs(had('a', index + 1) - had('b', index + 1)) > most)
  if (problem < 0) return []
  const [a, b] = [had('a', problem + 1), had('b', problem + 1)]
  return [`after ${problem + 1} tasks queue a had ${a} and b ${b} for each unit of weight`]
}

function fast({ journal, plan, scale }: Story): readonly string[] {
  const rate = plan.workers[0]?.rate
  if (rate === undefined) return []
  const { claims } = journal
  const isTooMany = (from: Claim, to: Claim, count: number) => {
    const ms = to.at - from.at + scale.slackMs
    return count > rate.tasks + (ms * rate.tasks) / (rate.beats * scale.beatMs) + 0.001
  }
  const first = claims.find((from, start) =>
    claims.slice(start).some((to, index) => isTooMany(from, to, index + 1)),
  )
  return first === undefined
    ? []
    : [`from ${journal.when(first.at)} on the worker took more than its rate allows`]
}
