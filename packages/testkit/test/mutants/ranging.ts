import type { QueueShare } from '@tasq/core/driver'
import type { MemoryStore } from '@tasq/core/memory'
import { breaking, type Mutant, replacing } from './mutant.ts'

/** Drivers that ask for other shares than they are told to. */
function asking(change: (queues: readonly QueueShare[]) => readonly QueueShare[]) {
  return replacing((driver) => ({
    reserve: (call) => driver.reserve({ ...call, queues: change(call.queues) }),
  }))
}

type Queue = ReturnType<MemoryStore['queue']>

/** Stores whose queues give out what is ready in another way. */
function taking(change: (queue: Queue, takeReady: Queue['takeReady']) => Queue['takeReady']) {
  return breaking((store) => {
    const changed = new WeakSet<Queue>()
    const queueOf = store.queue.bind(store)
    store.queue = (name) => {
      const queue = queueOf(name)
      if (!changed.has(queue)) queue.takeReady = change(queue, queue.takeReady.bind(queue))
      changed.add(queue)
      return queue
    }
  })
}

/** A notice goes to the one who has waited longest for the queue. */
function wakeFirst({ wakeups }: MemoryStore): void {
  const subscribe = wakeups.subscribe.bind(wakeups)
  const notify = wakeups.notify.bind(wakeups)
  const waiting = new Map<string, ReadonlySet<string>>()
  let count = 0
  wakeups.subscribe = (queues) => {
    const name = `waiting ${count++}`
    waiting.set(name, new Set(queues))
    const subscription = subscribe([name])
    const close = () => {
      waiting.delete(name)
      subscription.close()
    }
    return { ...subscription, close }
  }
  wakeups.notify = (queue) => {
    if (queue === undefined) return notify()
    for (const [name, queues] of waiting) if (queues.has(queue)) return notify(name)
  }
}

const red = ['order']

/** Reserves that ask for some priorities only. */
export const rangingMutants: readonly Mutant[] = [
  {
    name: 'priorities that a reserve asks for in vain',
    red,
    makeDriver: asking((queues) => queues.map(({ name, max }) => ({ name, max }))),
  },
  {
    name: 'priorities whose bounds are left out',
    red,
    makeDriver: asking((queues) =>
      queues.map(({ priorities, ...share }) => ({
        ...share,
        priorities: priorities && { lowest: priorities.lowest + 1, highest: priorities.highest - 1 },
      })),
    ),
  },
  {
    name: 'one range of priorities for each queue',
    red,
    makeDriver: asking((queues) => [...new Map(queues.map((each) => [each.name, each])).values()]),
  },
  {
    name: 'a task of other priorities that blocks its queue',
    red,
    makeDriver: taking((queue, takeReady) => (range) => {
      const task = takeReady()
      if (task === undefined || range === undefined) return task
      const { priority } = task.envelope
      if (priority >= range.lowest && priority <= range.highest) return task
      queue.pushReady(task)
      return undefined
    }),
  },
  {
    name: 'a wake-up for one, who may not take the task',
    red,
    makeDriver: breaking(wakeFirst),
  },
]
