import type { DeadReason } from '@tasq/core'
import type { Finding } from './journal.ts'
import type { QueueName } from './plan.ts'
import { type StagedProcess, scripted } from './process.ts'
import type { Lack } from './property-store.ts'

interface Ref {
  readonly queue: QueueName
  readonly id: string
}

/** How the operator sees where a task is; `undefined` where there is none. */
export type Sight = (operator: StagedProcess, ref: Ref) => Promise<Finding | undefined>

export function sightOf(lacks: readonly Lack[]): Sight {
  return lacks.includes('inspection') ? byOutcome : byInspection
}

const byInspection: Sight = async ({ app }, { queue, id }) => {
  const found = await app.queue(queue).task(id).inspect()
  return found && { ...found, finishedAt: found.finishedAt?.getTime() }
}

/** One that has not come to anything yet may wait for its time. One whose outcome was not to be kept is as if it were gone. */
const byOutcome: Sight = async ({ app, driver }, { queue, id }) => {
  await app.open()
  const [reading] = await driver.results.read([{ queue, id }])
  switch (reading?.state) {
    case 'pending':
      return { state: 'scheduled' }
    case 'cancelled':
      return { state: 'cancelled', finishedAt: reading.finishedAt }
    case 'completed': {
      if (reading.result === undefined) return { state: 'gone' }
      const result = await app.handle(scripted, id, { queue }).result()
      return { state: 'completed', result, finishedAt: reading.finishedAt }
    }
    case 'dead': {
      const letter = await letterOf(app, { queue, id })
      // Where the store has it dead and the broker not yet, somebody is about to say so, or never will.
      const isSame = letter?.reason === reading.reason
      return isSame ? { ...letter, state: 'dead', finishedAt: reading.finishedAt } : { state: 'active' }
    }
    default:
      return undefined
  }
}

async function letterOf(
  app: StagedProcess['app'],
  { queue, id }: Ref,
): Promise<{ readonly reason: DeadReason | undefined; readonly attempts: number } | undefined> {
  const { items } = await app.queue(queue).deadLetters.list()
  const letter = items.find((item) => item.id === id)
  return letter && { reason: letter.reason, attempts: letter.attempts }
}
