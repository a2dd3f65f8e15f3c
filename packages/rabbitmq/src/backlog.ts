import { type Backlog, type PurgeableState, type QueueCounts, UnsupportedError } from '@tasq/core/driver'
import type { ConsumeMessage } from 'amqplib'
import type { Backend } from './backend.ts'
import { toStoreError } from './errors.ts'
import { LetterBox } from './letter-box.ts'

/** What one consumer can take. */
const MOST_AT_ONCE = 65_535

/** What waits, as far as the server tells: it knows nothing of what is on the ladder of delays or in the hands of workers. */
export function backlogOf(backend: () => Backend): Backlog {
  return {
    count: async (queues) => await Promise.all(queues.map((queue) => countsOf(backend(), queue))),
    purge: async (queue, states, limit) => await purge(backend(), queue, states, limit),
  }
}

async function countsOf(backend: Backend, queue: string): Promise<QueueCounts> {
  const [dead, ...bands] = await Promise.all([
    LetterBox.count(backend, queue),
    ...backend.names.bandQueues(queue).map((name) => backend.looks.ifThere(name)),
  ])
  const ready = bands.reduce((sum, { messages }) => sum + messages, 0)
  return { queue, ready, dead, scheduled: undefined, active: undefined, finished: undefined }
}

async function purge(
  backend: Backend,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
): Promise<number> {
  const other = states.find((state) => state !== 'ready')
  if (other !== undefined) {
    const alternative = "Purge those that are ready: purge(['ready'])."
    throw new UnsupportedError('rabbitmq', `way to purge tasks that are ${other}`, alternative)
  }
  if (states.length === 0) return 0
  let purged = 0
  for (const name of backend.names.bandQueues(queue)) {
    for (let dropped = 1; dropped > 0 && purged < limit; purged += dropped) {
      const { messages } = await backend.looks.ifThere(name)
      dropped = await drop(backend, name, Math.min(messages, limit - purged, MOST_AT_ONCE))
    }
  }
  return purged
}

/** Takes so many, or fewer where workers are faster, and throws them away. */
async function drop(backend: Backend, name: string, most: number): Promise<number> {
  if (most === 0) return 0
  const open = await backend.consuming.open()
  const { channel } = open
  let last: ConsumeMessage | undefined
  let count = 0
  open.onDelivery((message) => {
    last = message
    count++
  })
  try {
    await channel.prefetch(most)
    const { consumerTag } = await channel.consume(name, () => undefined)
    let before: number
    do {
      before = count
      await channel.checkQueue(name)
      await channel.prefetch(1) // its answer comes after all that was given out before the first one
    } while (count < most && count > before)
    await channel.cancel(consumerTag) // before the answer, which would let more come
    // All in one answer: the server would keep many back, and forget them when the channel is closed.
    if (last !== undefined) channel.ack(last, true)
    await channel.prefetch(1)
    return count
  } catch (error) {
    throw toStoreError(open.closedBy ?? error, backend.options.where)
  } finally {
    await open.close()
  }
}
