import type { TaskRef } from '@tasq/core/driver'

/** What one script may look at. */
export const MOST_AT_ONCE = 1_000

/**
 * Asks for tasks queue by queue, and gives the answers in the order of the refs. A script that meets too many bytes answers for the first of
 * the ids only; it is asked for the others again.
 */
export async function readInParts<Answer>(
  refs: readonly TaskRef[],
  ask: (queue: string, ids: readonly string[]) => Promise<readonly Answer[]>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = new Array(refs.length)
  const byQueue = Map.groupBy(refs.keys(), (index) => refs[index]?.queue ?? '')
  for (const [queue, indexes] of byQueue) {
    for (let done = 0; done < indexes.length; ) {
      const part = indexes.slice(done, done + MOST_AT_ONCE)
      const given = await ask(
        queue,
        part.map((index) => refs[index]?.id ?? ''),
      )
      if (given.length === 0) throw new TypeError('a script answered for none of the ids')
      given.forEach((answer, place) => {
        const index = part[place]
        if (index !== undefined) answers[index] = answer
      })
      done += given.length
    }
  }
  return answers
}
