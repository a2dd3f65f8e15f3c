import type {
  ChangeAnswer,
  Driver,
  EnqueueCall,
  Enqueued,
  Inspection,
  NewTask,
  SettleAnswer,
  Settlement,
  WriteCall,
} from '@tasq/core/driver'
import { intercept } from '../intercept.ts'

type Told = (task: NewTask) => unknown

/**
 * The same driver, telling of each task that it has stored, by whatever operation. One that has taken the place of another is told with
 * that one's id.
 */
export function recording<D extends Driver>(driver: D, onStored: Told): D {
  const facets = new Map<PropertyKey, unknown>()
  const { coordination, inspection } = driver
  if (coordination !== undefined) {
    const writing = intercept(coordination, ['write'], async (_, args, run) => {
      const answer = await run(args)
      const [{ tasks = [] }] = args as [WriteCall]
      if (answer === 'written') tasks.forEach(onStored)
      return answer
    })
    facets.set('coordination', writing)
  }
  if (inspection !== undefined) facets.set('inspection', tellingOfReplaced(inspection, onStored))
  return intercept(
    driver,
    ['enqueue', 'settle'],
    (operation, args, run) =>
      operation === 'enqueue' ? enqueue(args, run, onStored) : settle(args, run, onStored),
    facets,
  )
}

type Run = (args: readonly unknown[]) => unknown

async function enqueue(args: readonly unknown[], run: Run, onStored: Told): Promise<readonly Enqueued[]> {
  const [{ tasks }] = args as [EnqueueCall]
  const answers = (await run(args)) as readonly Enqueued[]
  tasks.forEach((task, index) => {
    if (answers[index]?.status === 'created') onStored(task)
  })
  return answers
}

async function settle(args: readonly unknown[], run: Run, onStored: Told): Promise<readonly SettleAnswer[]> {
  const [settlements] = args as [readonly Settlement[]]
  const answers = (await run(args)) as readonly SettleAnswer[]
  settlements.forEach((settlement, index) => {
    if (settlement.kind === 'complete' && answers[index] === 'settled')
      settlement.followUps?.forEach(onStored)
  })
  return answers
}

function tellingOfReplaced(inspection: Inspection, onStored: Told): Inspection {
  return intercept(inspection, ['replace'], async (_, args, run) => {
    const [{ id }, task] = args as Parameters<Inspection['replace']>
    const answer = (await run(args)) as ChangeAnswer
    if (answer === 'changed') onStored({ ...task, envelope: { ...task.envelope, id } })
    return answer
  })
}
