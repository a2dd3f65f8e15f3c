import type { Admission, AdmitCall } from '@tasq/core/driver'
import type { MemoryDriver, MemoryStore } from '@tasq/core/memory'
import { type LiveTask, type Mutant, replacing } from './mutant.ts'

const red = ['the ledger']

type Admit = (call: AdmitCall) => Promise<readonly Admission[]>

function admitting(change: (admit: Admit, store: MemoryStore, driver: MemoryDriver) => Admit) {
  return replacing((driver, store) => ({
    ledger: { admit: change((call) => driver.ledger.admit(call), store, driver) },
  }))
}

/** Something is done to the tasks that are there, before they are admitted. */
function before(change: (task: LiveTask, token: string, store: MemoryStore) => void) {
  return admitting((admit, store) => async (call) => {
    for (const envelope of call.tasks) {
      const task = store.findLive(envelope)
      if (task !== undefined) change(task, call.token, store)
    }
    return await admit(call)
  })
}

/** Something is done to each answer. */
function after(change: (admission: Admission, task: LiveTask | undefined) => Admission) {
  return admitting((admit, store) => async (call) => {
    const admissions = await admit(call)
    return admissions.map((each, index) => {
      const envelope = call.tasks[index]
      return change(each, envelope === undefined ? undefined : store.findLive(envelope))
    })
  })
}

/** What the ledger must not do. */
export const admittingMutants: readonly Mutant[] = [
  {
    name: 'a second delivery takes the task from its holder',
    red,
    makeDriver: before((task, token) => {
      if (task.token !== token) task.leaseUntil = 0
    }),
  },
  {
    name: 'a lease that is over is not taken over',
    red,
    makeDriver: before((task, token) => {
      if (task.state === 'active' && task.token !== token && !task.token?.startsWith('relay:'))
        task.leaseUntil = Number.MAX_SAFE_INTEGER
    }),
  },
  {
    name: 'a relay is in the way',
    red,
    makeDriver: before((task) => {
      if (task.token?.startsWith('relay:')) task.token = `x${task.token}`
    }),
  },
  {
    name: 'a repeat of an admission takes the task over from itself',
    red,
    makeDriver: before((task, token) => {
      if (task.token !== token) return
      task.token = 'another'
      task.leaseUntil = 0
    }),
  },
  {
    name: 'a cancel mark is lost on a takeover',
    red,
    makeDriver: before((task) => {
      if (task.state === 'active') task.cancelRequest = undefined
    }),
  },
  {
    name: 'an admission counts no attempt',
    red,
    makeDriver: after((admission) => ({ ...admission, attempt: 1 }) as Admission),
  },
  {
    name: 'what is finished is admitted again',
    red,
    makeDriver: after((admission) =>
      admission.status === 'finished' ? { status: 'admitted', attempt: 1 } : admission,
    ),
  },
  {
    name: 'a letter that is sent back keeps its attempts',
    red,
    makeDriver: replacing((driver, store) => ({
      deadLetters: {
        ...driver.deadLetters,
        retry: async (filter, limit) => {
          const retried = await driver.deadLetters.retry(filter, limit)
          for (const task of store.live.values()) task.attempts = 1
          return retried
        },
      },
    })),
  },
  {
    name: 'what once was finished stays so',
    red,
    makeDriver: admitting((admit, store) => async (call) => {
      const finished = call.tasks.map((each) => store.findFinished(each) !== undefined)
      const admissions = await admit(call)
      return admissions.map((each, index): Admission => (finished[index] ? { status: 'finished' } : each))
    }),
  },
  {
    name: 'the dead are said to be finished',
    red,
    makeDriver: after((admission) => (admission.status === 'dead' ? { status: 'finished' } : admission)),
  },
  {
    name: 'only what is due is admitted',
    red,
    makeDriver: admitting((admit, store) => async (call) => {
      const now = store.clock.now()
      const waits = call.tasks.map((each) => (store.findLive(each)?.readyAt ?? 0) > now)
      const admissions = await admit(call)
      return admissions.map((each, index) => (waits[index] ? { status: 'held', forMs: 1 } : each))
    }),
  },
  {
    name: 'what is not there is said to be finished',
    red,
    makeDriver: admitting((admit, store) => async (call) => {
      const known = call.tasks.filter((each) => store.live.has(each.id))
      const admissions = await admit({ ...call, tasks: known })
      return call.tasks.map((each): Admission => {
        return admissions[known.indexOf(each)] ?? { status: 'finished' }
      })
    }),
  },
  {
    name: 'answers come in another order',
    red,
    makeDriver: admitting((admit) => async (call) => [...(await admit(call))].reverse()),
  },
  {
    name: 'a unique key is let go of when the task is admitted',
    red,
    makeDriver: before((task, token, store) => {
      if (task.state === 'active' || task.envelope.unique === undefined) return
      store.remove(task)
      store.live.set(task.envelope.id, task)
      task.token = token
    }),
  },
  {
    name: 'to admit nothing is an error',
    red,
    makeDriver: admitting((admit) => async (call) => {
      if (call.tasks.length === 0) throw new Error('nothing to do')
      return await admit(call)
    }),
  },
  {
    name: 'a lease is renewed for its old time only',
    red,
    makeDriver: replacing((driver) => ({
      extend: (leases) => driver.extend(leases.map((each) => ({ ...each, leaseMs: 1_500 }))),
    })),
  },
]
