import type { Outcomes } from './outcomes/outcomes.ts'
import { Summary } from './summary.ts'

/** Prints what was found out about the files, and which could not be measured. */
export async function report(
  outcomes: Outcomes,
  folder: string,
  unreadable: readonly string[],
  tookMs: number,
): Promise<void> {
  const { done, failed } = await outcomes.standing()
  const summary = new Summary(folder)
  for await (const measurement of outcomes.measurements()) summary.add(measurement)
  if (done > 0) console.log(summary.table())
  console.log(
    `${done} of ${done + failed} files measured in ${(tookMs / 1_000).toFixed(1)} s; ${summary.copies} are copies of others.`,
  )
  for (const problem of unreadable) console.log(`A folder could not be read: ${problem}`)
  if (failed === 0) return
  console.log(`${failed} could not be measured: they were retried, and ended among the dead letters.`)
  console.log(summary.failures(await outcomes.failures()))
}
