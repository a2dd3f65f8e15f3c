import { randomUUID } from 'node:crypto'
import type { Lease } from '@tasq/core/driver'
import { memory } from '@tasq/core/memory'
import { intercept } from '../../src/intercept.ts'
import type { MakeDriver } from '../memory-harness.ts'
import { breaking, type Mutant, replacing } from './mutant.ts'

/** Whoever asks holds the task. */
const noFencing = replacing((driver, store) => {
  const current = (lease: Lease) => ({ ...lease, token: store.findLive(lease)?.token ?? lease.token })
  return {
    settle: (settlements) =>
      driver.settle(settlements.map((each) => ({ ...each, lease: current(each.lease) }))),
    extend: (leases) => driver.extend(leases.map((each) => ({ ...each, lease: current(each.lease) }))),
  }
})

/** Leases end by the clock of the process that asks. */
const wallClockLease = replacing((driver, store, { clockSkewMs = 0 }) => {
  const shift = (ms: number, isMeant: (token: string | undefined) => boolean = () => true) => {
    for (const task of store.active) if (isMeant(task.token)) task.leaseUntil += ms
  }
  return {
    reserve: async (call) => {
      const deliveries = await driver.reserve(call)
      if (!call.repeat) shift(clockSkewMs, (token) => token === call.callId)
      return deliveries
    },
    extend: async (leases) => {
      const answers = await driver.extend(leases)
      shift(clockSkewMs, (token) => leases.some(({ lease }) => lease.token === token))
      return answers
    },
    recovery: {
      recover: async (call) => {
        shift(-clockSkewMs)
        const lost = await driver.recovery.recover(call)
        shift(clockSkewMs)
        return lost
      },
    },
  }
})

/** What was reserved stays in the queue for one more. */
const doubleDelivery: MakeDriver = (store) => {
  const driver = memory({ store })
  const doubled = new Set<string>()
  const reserve: typeof driver.reserve = async (call) => {
    const deliveries = await driver.reserve(call)
    const [first] = call.repeat ? [] : deliveries
    const task = first === undefined ? undefined : store.findLive(first.lease)
    if (task === undefined || doubled.has(task.envelope.id)) return deliveries
    doubled.add(task.envelope.id)
    store.queue(task.envelope.queue).pushReady(task)
    return deliveries
  }
  return intercept(driver, [], () => undefined, new Map([['reserve', reserve]]))
}

/** The second in line goes first. */
const wrongOrder = breaking((store) => {
  const turned = new WeakSet<object>()
  const queueOf = store.queue.bind(store)
  store.queue = (name) => {
    const queue = queueOf(name)
    if (turned.has(queue)) return queue
    turned.add(queue)
    const takeReady = queue.takeReady.bind(queue)
    queue.takeReady = (range) => {
      const first = takeReady(range)
      const second = takeReady(range)
      if (first === undefined || second === undefined) return first
      queue.pushReady(first)
      return second
    }
    return queue
  }
})

/** The faults that the suite is there for; each must turn it red, whatever else is tested. */
export const required: readonly Mutant[] = [
  {
    name: 'no fencing',
    makeDriver: noFencing,
    red: ['fencing', 'follow-ups', 'leases', 'recovery', 'settle', 'the ledger', 'unreadable tasks'],
  },
  {
    name: 'double delivery',
    makeDriver: doubleDelivery,
    red: [
      'reserve',
      'settle',
      'fencing',
      'enqueue',
      'delays and due times',
      'workers',
      'lost answers',
      'dying workers',
    ],
    spreads: true,
  },
  {
    name: 'lost settle: the last of a batch is confirmed and not written',
    makeDriver: replacing((driver) => ({
      settle: async (settlements) => {
        if (settlements.length < 2) return await driver.settle(settlements)
        return [...(await driver.settle(settlements.slice(0, -1))), 'settled']
      },
    })),
    red: [
      'cancel marks',
      'changing tasks',
      'dead letters',
      'dying workers',
      'finding tasks by state',
      'follow-ups',
      'recovery',
      'repeats of a reserve',
      'retention',
      'sending dead letters back',
      'settle',
      'the ledger',
    ],
  },
  { name: 'wrong order', makeDriver: wrongOrder, red: ['enqueue', 'finding tasks by state', 'order'] },
  {
    name: 'no receipt',
    makeDriver: replacing((driver) => ({
      enqueue: (call) => driver.enqueue({ ...call, callId: randomUUID() }),
    })),
    red: ['lost answers', 'repeats of an enqueue'],
  },
  {
    name: 'a repeated reserve that claims anew',
    makeDriver: replacing((driver) => ({ reserve: (call) => driver.reserve({ ...call, repeat: false }) })),
    red: ['lost answers', 'repeats of a reserve'],
  },
  {
    name: 'a repeated reserve that gets nothing',
    makeDriver: replacing((driver) => ({
      reserve: async (call) => (call.repeat ? [] : await driver.reserve(call)),
    })),
    red: ['lost answers', 'repeats of a reserve'],
  },
  {
    name: 'a cancel mark that is dropped',
    makeDriver: replacing((driver, store) => ({
      inspection: {
        ...driver.inspection,
        cancel: async (calls) => {
          const answers = await driver.inspection.cancel(calls)
          for (const task of store.active) task.cancelRequest = undefined
          return answers
        },
      },
    })),
    red: ['cancel marks', 'control from elsewhere', 'looking at tasks', 'recovery', 'workers', 'the ledger'],
  },
  { name: 'wall-clock lease', makeDriver: wallClockLease, red: ['leases'] },
]
