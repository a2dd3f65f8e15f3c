import type { LostDelivery, SettleAnswer } from '@tasq/core/driver'
import { type LiveTask, type Mutant, replacing } from './mutant.ts'

/** Drivers whose recovery does something else to what it takes over. */
function recovering(change: (lost: LostDelivery, task: LiveTask | undefined) => LostDelivery | undefined) {
  return replacing((driver, store) => ({
    recovery: {
      recover: async (call) => {
        const lost = await driver.recovery.recover(call)
        return lost.flatMap((each) => change(each, store.findLive(each.lease)) ?? [])
      },
    },
  }))
}

export const leasingMutants: readonly Mutant[] = [
  {
    name: 'renewals that are only confirmed',
    makeDriver: replacing(() => ({ extend: async (leases) => leases.map(() => 'held') })),
    red: ['cancel marks', 'fencing', 'leases', 'opening and closing', 'recovery'],
  },
  {
    name: 'renewals for as long as the task says, whatever is asked',
    makeDriver: replacing((driver, store) => ({
      extend: (leases) =>
        driver.extend(
          leases.map(({ lease, leaseMs }) => ({
            lease,
            leaseMs: store.findLive(lease)?.envelope.leaseMs ?? leaseMs,
          })),
        ),
    })),
    red: ['leases', 'recovery'],
  },
  {
    name: 'leases that can be renewed once',
    makeDriver: replacing((driver) => {
      const renewed = new Set<string>()
      return {
        extend: async (leases) => {
          const answers = await driver.extend(leases)
          return answers.map((answer, index) => {
            const { id = '' } = leases[index]?.lease ?? {}
            const isFirst = !renewed.has(id)
            renewed.add(id)
            return isFirst ? answer : 'lost'
          })
        },
      }
    }),
    red: ['cancel marks', 'fencing', 'leases'],
  },
  {
    name: 'one length for all leases',
    makeDriver: replacing((driver, store) => ({
      reserve: async (call) => {
        const deliveries = await driver.reserve(call)
        for (const task of store.active)
          if (task.token === call.callId) task.leaseUntil = store.clock.now() + 30_000
        return deliveries
      },
    })),
    red: ['leases'],
  },
  {
    name: 'leases that end at once when they are over',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const answers: SettleAnswer[] = []
        for (const settlement of settlements) {
          const task = store.findLive(settlement.lease)
          const isOver = task?.state === 'active' && task.leaseUntil <= store.clock.now()
          answers.push(isOver ? 'lost' : ((await driver.settle([settlement]))[0] ?? 'gone'))
        }
        return answers
      },
    })),
    red: ['fencing'],
  },
  {
    name: 'recovery of what is not over yet',
    makeDriver: replacing((driver, store) => ({
      recovery: {
        recover: async (call) => {
          for (const task of store.active) task.leaseUntil = Math.min(task.leaseUntil, store.clock.now())
          return await driver.recovery.recover(call)
        },
      },
    })),
    red: ['leases', 'recovery'],
  },
  {
    name: 'recovery that counts an attempt',
    makeDriver: recovering((lost, task) => {
      if (task !== undefined) task.attempts++
      return { ...lost, attempt: lost.attempt + 1 }
    }),
    red: ['fencing', 'lost answers', 'recovery'],
  },
  {
    name: 'recovery that forgets what it took over',
    makeDriver: recovering((lost) => ({
      ...lost,
      policy: undefined,
      history: undefined,
      keepResultMs: undefined,
      cancelRequest: undefined,
    })),
    red: ['dying workers', 'recovery'],
  },
  {
    name: 'recovery under the lost token',
    makeDriver: recovering((lost, task) => {
      if (task !== undefined) task.token = lost.lostToken
      return { ...lost, lease: { ...lost.lease, token: lost.lostToken } }
    }),
    red: ['fencing', 'leases', 'recovery', 'repeats of a reserve', 'unreadable tasks'],
  },
  {
    name: 'recovery without a limit',
    makeDriver: replacing((driver) => ({
      recovery: { recover: (call) => driver.recovery.recover({ ...call, max: 1_000 }) },
    })),
    red: ['recovery'],
  },
  {
    name: 'recovery that can’t read a task and gives up',
    makeDriver: replacing((driver, store) => ({
      recovery: {
        recover: async (call) => {
          const now = store.clock.now()
          const isBlocked = [...store.active].some(
            (task) => task.problem !== undefined && task.leaseUntil <= now,
          )
          return isBlocked ? [] : await driver.recovery.recover(call)
        },
      },
    })),
    red: ['unreadable tasks'],
  },
  {
    name: 'recovery that takes each delivery over once only',
    makeDriver: recovering((lost, task) => {
      if (task !== undefined) task.leaseUntil = Number.POSITIVE_INFINITY
      return lost
    }),
    red: ['fencing', 'recovery'],
  },
  {
    name: 'a race between two who recover',
    makeDriver: replacing((driver, store) => ({
      recovery: {
        recover: async (call) => {
          const over = [...store.active].filter((task) => task.leaseUntil <= store.clock.now())
          await Promise.resolve()
          for (const task of over) task.leaseUntil = store.clock.now()
          return await driver.recovery.recover(call)
        },
      },
    })),
    red: ['recovery'],
  },
]
