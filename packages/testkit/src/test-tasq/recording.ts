import type { Driver, EnqueueCall, Enqueued, NewTask } from '@tasq/core/driver'
import { intercept } from '../intercept.ts'

/** The same driver, telling of each task that it has stored. */
export function recording<D extends Driver>(driver: D, onStored: (task: NewTask) => void): D {
  return intercept(driver, ['enqueue'], async (_, [call], run) => {
    const { tasks } = call as EnqueueCall
    const answers = (await run([call])) as readonly Enqueued[]
    tasks.forEach((task, index) => {
      if (answers[index]?.status === 'created') onStored(task)
    })
    return answers
  })
}
