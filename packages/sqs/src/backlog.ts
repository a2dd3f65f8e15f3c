import { BANDS } from '@tasq/broker-kernel'
import { type Backlog, type PurgeableState, type QueueCounts, UnsupportedError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { MOST_ENTRIES } from './batching.ts'
import { countLetters } from './dead-letters.ts'
import type { SqsQueue } from './queues.ts'

/** What is received to be deleted is held for so long. */
const HELD_SECONDS = 60

/** What waits, by the approximate numbers that SQS gives. */
export function backlogOf(backend: () => Backend): Backlog {
  return {
    count: async (queues) => await Promise.all(queues.map((queue) => countTasks(backend(), queue))),
    purge: async (queue, states, limit) => {
      for (const state of states) refuse(state)
      return states.length === 0 ? 0 : await purgeReady(backend(), queue, limit)
    },
  }
}

async function countTasks(backend: Backend, queue: string): Promise<QueueCounts> {
  const [dead, ...counts] = await Promise.all([
    countLetters(backend, queue),
    ...(await sourcesOf(backend, queue)).map(({ url }) => backend.count(url)),
  ])
  const sum = (key: 'visible' | 'delayed' | 'held') => counts.reduce((total, each) => total + each[key], 0)
  return {
    queue,
    ready: sum('visible'),
    scheduled: sum('delayed'),
    active: sum('held'),
    dead,
    finished: undefined,
  }
}

async function sourcesOf(backend: Backend, queue: string): Promise<readonly SqsQueue[]> {
  const found = await Promise.all(BANDS.map((band) => backend.queues.find(queue, band)))
  return found.filter((source) => source !== undefined)
}

/** SQS can purge a whole queue, but with what workers hold; so tasks are received and deleted. */
async function purgeReady(backend: Backend, queue: string, limit: number): Promise<number> {
  let purged = 0
  for (const { url } of await sourcesOf(backend, queue)) {
    while (purged < limit) {
      const most = Math.min(MOST_ENTRIES, limit - purged)
      const messages = await backend.receive(url, { most, waitSeconds: 0, visibilitySeconds: HELD_SECONDS })
      if (messages.length === 0) break
      const handles = messages.map(({ ReceiptHandle = '' }) => ReceiptHandle)
      const outcomes = await backend.delete(url, handles)
      purged += outcomes.filter((outcome) => outcome === undefined).length
      const problem = outcomes.find((outcome) => outcome !== undefined)
      if (problem !== undefined) throw problem.error
    }
  }
  return purged
}

function refuse(state: PurgeableState): void {
  if (state === 'ready') return
  if (state === 'scheduled') {
    throw new UnsupportedError(
      'sqs',
      'way to purge scheduled tasks',
      'Wait until they are ready, or delete the queue in SQS.',
    )
  }
  throw new UnsupportedError(
    'sqs',
    `tasks that are ${state}`,
    'Nothing is kept of them, so nothing is left to purge.',
  )
}
