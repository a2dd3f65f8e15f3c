import type { Delivery } from '@tasq/core/driver'
import { breaking, type Mutant, replacing } from './mutant.ts'

/** Drivers that do something to what they have reserved. */
function changing(change: (delivery: Delivery, skewMs: number) => Delivery) {
  return replacing((driver, _, { clockSkewMs = 0 }) => ({
    reserve: async (call) => (await driver.reserve(call)).map((each) => change(each, clockSkewMs)),
  }))
}

export const claimingMutants: readonly Mutant[] = [
  {
    name: 'a repeated reserve that gets all that is held',
    makeDriver: replacing((driver, store) => ({
      reserve: async (call) => {
        if (!call.repeat) return await driver.reserve(call)
        const tokens = new Set([...store.active].map(({ token = '' }) => token))
        const held: Delivery[] = []
        for (const callId of tokens) held.push(...(await driver.reserve({ ...call, callId })))
        return held
      },
    })),
    red: ['repeats of a reserve'],
  },
  {
    name: 'no limit in all',
    makeDriver: replacing((driver) => ({
      reserve: (call) => driver.reserve({ ...call, max: call.queues.reduce((sum, { max }) => sum + max, 0) }),
    })),
    red: ['reserve'],
  },
  {
    name: 'no limit for a queue',
    makeDriver: replacing((driver) => ({
      reserve: (call) =>
        driver.reserve({ ...call, queues: call.queues.map((each) => ({ ...each, max: call.max })) }),
    })),
    red: ['reserve'],
  },
  {
    name: 'what is left of other queues where its own are empty',
    makeDriver: replacing((driver, store) => ({
      reserve: async (call) => {
        const deliveries = await driver.reserve(call)
        if (deliveries.length > 0 || call.repeat) return deliveries
        const queues = store.queueNames.map((name) => ({ name, max: call.max }))
        return await driver.reserve({ ...call, queues, waitMs: 0 })
      },
    })),
    red: ['delays and due times', 'reserve', 'settle', 'what is stored comes back'],
  },
  {
    name: 'one reserve at a time',
    makeDriver: replacing((driver) => {
      let isBusy = false
      return {
        reserve: async (call) => {
          if (isBusy) throw new Error('another operation is in progress')
          isBusy = true
          await Promise.resolve()
          isBusy = false
          return await driver.reserve(call)
        },
      }
    }),
    red: ['reserve', 'settle'],
  },
  {
    name: 'queues served from the last',
    makeDriver: replacing((driver) => ({
      reserve: (call) => driver.reserve({ ...call, queues: call.queues.toReversed() }),
    })),
    red: ['reserve'],
  },
  {
    name: 'no attempt counted at the reserve',
    makeDriver: replacing((driver, store) => ({
      reserve: async (call) => {
        const deliveries = await driver.reserve(call)
        if (!call.repeat) for (const task of store.active) if (task.token === call.callId) task.attempts--
        return deliveries
      },
    })),
    red: ['fencing', 'looking at tasks', 'recovery', 'repeats of a reserve'],
  },
  {
    name: 'one token for all deliveries',
    makeDriver: replacing((driver) => ({
      reserve: (call) => driver.reserve({ ...call, callId: 'the token' }),
    })),
    red: ['fencing', 'repeats of a reserve', 'reserve', 'settle'],
  },
  {
    name: 'a time that its own process tells',
    makeDriver: changing((delivery) => ({ ...delivery, now: Date.now() })),
    red: ['delays and due times', 'reserve'],
  },
  {
    name: 'a time of becoming ready that is made up',
    makeDriver: changing((each) => (each.kind === 'task' ? { ...each, readyAt: each.now + 1 } : each)),
    red: ['enqueue'],
  },
  {
    name: 'no wake-ups',
    makeDriver: breaking((store) => {
      store.wakeups.notify = () => {}
    }),
    red: ['changing tasks', 'opening and closing', 'waiting in reserve', 'workers'],
  },
  {
    name: 'a reserve that soon gives up',
    makeDriver: replacing((driver) => ({
      reserve: (call) => driver.reserve({ ...call, waitMs: Math.min(call.waitMs, 20) }),
    })),
    red: ['delays and due times', 'waiting in reserve'],
  },
  {
    name: 'a reserve that waits even when something is ready',
    makeDriver: replacing((driver, store) => ({
      reserve: async (call) => {
        if (call.waitMs > 0) {
          await new Promise<void>((resolve) => store.clock.setTimeout(resolve, call.waitMs))
        }
        return await driver.reserve({ ...call, waitMs: 0 })
      },
    })),
    red: ['changing tasks', 'delays and due times', 'opening and closing', 'waiting in reserve'],
  },
  {
    name: 'a reserve that does not heed its signal',
    makeDriver: replacing((driver) => ({
      reserve: (call) => driver.reserve({ ...call, signal: undefined }),
    })),
    red: ['waiting in reserve'],
  },
  {
    name: 'a reserve that forgets what it holds when it is aborted',
    makeDriver: replacing((driver) => ({
      reserve: async (call) => {
        const deliveries = await driver.reserve({ ...call, signal: undefined })
        return call.signal?.aborted === true ? [] : deliveries
      },
    })),
    red: ['waiting in reserve'],
  },
  {
    name: 'a task that can’t be read and blocks its queue',
    makeDriver: replacing((driver) => ({
      reserve: async (call) => {
        const deliveries = await driver.reserve(call)
        const corrupt = deliveries.find(({ kind }) => kind === 'corrupt')
        if (corrupt !== undefined) throw new SyntaxError('Unexpected token in JSON')
        return deliveries
      },
    })),
    red: ['unreadable tasks', 'workers'],
  },
  {
    name: 'a task that can’t be read and vanishes',
    makeDriver: replacing((driver) => ({
      reserve: async (call) => (await driver.reserve(call)).filter(({ kind }) => kind === 'task'),
    })),
    red: ['unreadable tasks'],
  },
]
