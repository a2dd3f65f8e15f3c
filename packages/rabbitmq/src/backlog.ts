import { type Backlog, type PurgeableState, type QueueCounts, UnsupportedError } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { LetterBox } from './letter-box.ts'

/** How long a message may take after the queue was said to have it. */
const QUIET_MS = 200

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
    const { messages } = await backend.looks.ifThere(name)
    const most = Math.min(messages, limit - purged)
    if (most > 0) purged += await drop(backend, name, most)
  }
  return purged
}

/** Takes so many, or fewer where workers are faster, and throws them away. */
async function drop(backend: Backend, name: string, most: number): Promise<number> {
  const open = await backend.consuming.open()
  let dropped = 0
  try {
    await new Promise<void>((resolve) => {
      const end = () => resolve()
      const { clock } = backend.options
      let timer = clock.setTimeout(end, QUIET_MS)
      open.onClose(end)
      open.onDelivery((message) => {
        if (dropped < most) {
          dropped++
          open.channel.ack(message)
        }
        clock.clearTimeout(timer)
        if (dropped === most) end()
        else timer = clock.setTimeout(end, QUIET_MS)
      })
      open.channel
        .prefetch(Math.min(most, 1_000))
        .then(() => open.channel.consume(name, () => undefined))
        .catch(end)
    })
    await open.channel.prefetch(0)
  } finally {
    await open.close()
  }
  return dropped
}
