import { conformance, type Harness } from '../src/conformance.ts'

/** One case that was red, and why. */
export interface RedCase {
  readonly topic: string
  readonly name: string
  readonly error: unknown
}

/** Runs the suite, or some of its topics, all cases at once, and gives those that are red. */
export async function redCases(harness: Harness, topics?: readonly string[]): Promise<readonly RedCase[]> {
  const chosen = conformance(harness).filter(({ name }) => topics === undefined || topics.includes(name))
  const runs = chosen.flatMap((topic) =>
    topic.cases.map(async ({ name, run }): Promise<readonly RedCase[]> => {
      try {
        await run()
        return []
      } catch (error) {
        return [{ topic: topic.name, name, error }]
      }
    }),
  )
  return (await Promise.all(runs)).flat()
}
