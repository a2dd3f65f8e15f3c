import type { Claim } from '../journal.ts'
import type { Check, Story } from '../story.ts'

/** For plans with a single slot and no retries: nothing is taken while something better is ready. */
export const claimOrder: Check = (story) => {
  const { claims } = story.journal
  return claims.flatMap((claim, index) => {
    const better = claims.slice(index + 1).find((other) => isBetter(story, other, claim))
    return better === undefined
      ? []
      : [`${claim.id} was taken before ${better.id}, which was ready and better`]
  })
}

function isBetter({ journal, scale }: Story, other: Claim, claim: Claim): boolean {
  if (other.queue !== claim.queue || other.id === claim.id) return false
  if (other.readyAt + scale.slackMs >= claim.at) return false
  if (other.priority !== claim.priority) return other.priority > claim.priority
  const [one, two] = [journal.tasks.get(other.id), journal.tasks.get(claim.id)]
  if (one === undefined || two === undefined) return false
  // Without a delay, age is the order in which they were enqueued.
  if (one.plan.delay === 0 && two.plan.delay === 0) return one.ordinal < two.ordinal
  return other.readyAt + scale.slackMs < claim.readyAt
}
