import { measure } from './measure.ts'
import { measureFile as definition } from './measure-file.ts'
import type { Told } from './outcomes/told.ts'

/** For a broker alone, which keeps no results: what was measured is told to the process that has started this worker. */
export const measureFile = definition.handle(async ({ path }, { id, signal }) => {
  const measurement = await measure(path, signal)
  await tell({ id, measurement })
  return measurement
})

/** Resolves when it is on its way for sure: only then may the task be done. */
function tell(told: Told): Promise<void> {
  return new Promise((resolve, reject) => {
    if (process.send === undefined) throw new Error('nobody listens: the quick start starts these workers')
    process.send(told, undefined, undefined, (error) => (error === null ? resolve() : reject(error)))
  })
}
