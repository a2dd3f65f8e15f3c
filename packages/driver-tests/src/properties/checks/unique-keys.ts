import type { Duplicate, StoredTask } from '../journal.ts'
import type { Check, Story } from '../story.ts'

interface Holding {
  readonly task: StoredTask
  /** It surely held the key until then, once it was stored. */
  readonly least: number
  /** It surely held it no longer than that. */
  readonly most: number
}

/** A key never has two unfinished tasks, is held for its window, and is free afterwards. */
export const uniqueKeys: Check = (story) => {
  const holdings = [...story.journal.tasks.values()]
    .filter(({ plan }) => plan.unique !== undefined)
    .map((task) => holdingOf(story, task))
  return [...heldTwice(story, holdings), ...refusedInVain(story, holdings)]
}

function holdingOf({ findings, scale }: Story, task: StoredTask): Holding {
  const ended = task.firstEndedAt ?? findings.get(task.id)?.finishedAt ?? Number.POSITIVE_INFINITY
  const windowMs = (task.plan.unique?.window ?? 0) * scale.beatMs
  return {
    task,
    least: Math.max(ended, task.sentAt + windowMs),
    most: Math.max(ended, task.answeredAt + windowMs),
  }
}

function heldTwice({ journal, scale }: Story, holdings: readonly Holding[]): readonly string[] {
  return holdings.flatMap((one, index) =>
    holdings
      .slice(index + 1)
      .filter((other) => isSameKey(one.task, other.task))
      // Whichever was stored first, it still held the key when the other one was stored.
      .filter((other) => one.least - scale.slackMs > other.task.answeredAt)
      .filter((other) => other.least - scale.slackMs > one.task.answeredAt)
      .map(({ task }) => {
        const until = `until ${journal.when(one.least)}`
        return `${task.id} was stored at ${journal.when(task.answeredAt)} although ${one.task.id} held its key ${until}`
      }),
  )
}

function refusedInVain({ journal, scale }: Story, holdings: readonly Holding[]): readonly string[] {
  return journal.duplicates.flatMap((duplicate) => {
    const holding = holdings.find(({ task }) => task.id === duplicate.of)
    if (holding === undefined) return [`a duplicate of ${duplicate.of}, which has no key or does not exist`]
    if (!isSameKey(holding.task, duplicate)) return [`a duplicate of ${duplicate.of}, which has another key`]
    const isFree = holding.most + scale.slackMs < duplicate.sentAt
    if (!isFree) return []
    return [
      `a duplicate of ${duplicate.of} at ${journal.when(duplicate.sentAt)}, whose key was free since ${journal.when(holding.most)}`,
    ]
  })
}

function isSameKey(one: Pick<StoredTask, 'plan'>, other: Pick<StoredTask | Duplicate, 'plan'>): boolean {
  return one.plan.queue === other.plan.queue && one.plan.unique?.key === other.plan.unique?.key
}
