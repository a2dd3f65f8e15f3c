import type { SettleAnswer, Settlement } from '@tasq/core/driver'
import { StoreError } from '@tasq/core/driver'
import { breaking, type Mutant, replacing } from './mutant.ts'

/** Drivers that write something else than they are told. */
function writing(change: (settlement: Settlement) => Settlement) {
  return replacing((driver) => ({ settle: (settlements) => driver.settle(settlements.map(change)) }))
}

export const settlingMutants: readonly Mutant[] = [
  {
    name: 'a bad settlement that fails its batch',
    makeDriver: replacing((driver) => ({
      settle: async (settlements) => {
        const answers = await driver.settle(settlements)
        if (answers.length < 2 || answers.every((answer) => answer === 'settled')) return answers
        throw new StoreError('TASQ_STORE_FAILED', 'One row was not found.', { nextStep: 'None.' })
      },
    })),
    red: ['cancel marks', 'fencing', 'settle'],
  },
  {
    name: 'answers in another order',
    makeDriver: replacing((driver) => ({
      settle: async (settlements) => (await driver.settle(settlements)).toReversed(),
      extend: async (leases) => (await driver.extend(leases)).toReversed(),
    })),
    red: ['cancel marks', 'fencing', 'settle'],
  },
  {
    name: 'a repeated settlement that is lost',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const wasActive = settlements.map(({ lease }) => store.findLive(lease)?.state === 'active')
        const answers = await driver.settle(settlements)
        return answers.map((answer, index) => (wasActive[index] === true ? answer : 'lost'))
      },
    })),
    red: ['fencing', 'settle'],
  },
  {
    name: 'a repeated settlement that is written again',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        for (const { lease } of settlements) {
          const task = store.findLive(lease)
          if (task === undefined || task.state === 'active' || task.token !== lease.token) continue
          store.queue(lease.queue).forget(task)
          task.state = 'active'
          store.active.add(task)
        }
        return await driver.settle(settlements)
      },
    })),
    red: ['settle'],
  },
  {
    name: 'delays of settlements that are not kept',
    makeDriver: writing((each) => ('delayMs' in each ? { ...each, delayMs: 0 } : each)),
    red: ['retry and release', 'settle'],
  },
  {
    name: 'a retry that makes a new task',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const answers = await driver.settle(settlements)
        for (const { lease } of settlements) {
          const task = store.findLive(lease)
          if (task !== undefined) Object.assign(task, { expiresAt: undefined })
        }
        return answers
      },
    })),
    red: ['retry and release'],
  },
  {
    name: 'attempts that the driver counts',
    makeDriver: writing((each) =>
      each.kind === 'release' ? { ...each, attempts: each.attempts + 1 } : each,
    ),
    red: ['fencing', 'recovery', 'reserve', 'retry and release', 'settle'],
  },
  {
    name: 'history that is not kept',
    makeDriver: writing((each) => ('history' in each ? { ...each, history: undefined } : each)),
    red: ['dead letters', 'looking at tasks', 'recovery', 'retry and release'],
  },
  {
    name: 'history that is never forgotten',
    makeDriver: replacing((driver, store) => ({
      settle: (settlements) =>
        driver.settle(
          settlements.map((each) =>
            'history' in each && each.history === undefined
              ? { ...each, history: store.findLive(each.lease)?.history }
              : each,
          ),
        ),
    })),
    red: ['retry and release'],
  },
  {
    name: 'outcomes that are never kept',
    makeDriver: writing((each) =>
      each.kind === 'complete' || each.kind === 'cancel' ? { ...each, keepMs: undefined } : each,
    ),
    red: ['changing tasks', 'finding tasks by state', 'looking at tasks', 'results', 'retention'],
  },
  {
    name: 'outcomes that are always kept, for ever',
    makeDriver: writing((each) =>
      each.kind === 'complete' || each.kind === 'cancel' ? { ...each, keepMs: 10 ** 12 } : each,
    ),
    red: ['changing tasks', 'finding tasks by state', 'looking at tasks', 'results', 'retention'],
  },
  {
    name: 'results that are taken for text',
    makeDriver: writing((each) =>
      each.kind === 'complete' && each.result !== undefined
        ? {
            ...each,
            result: { encoding: 'text', bytes: Buffer.from(Buffer.from(each.result.bytes).toString()) },
          }
        : each,
    ),
    red: ['looking at tasks', 'results'],
  },
  {
    name: 'reasons and failures that are not kept',
    makeDriver: writing((each) => {
      if (each.kind === 'cancel') return { ...each, reason: 'cancelled' }
      return each.kind === 'deadLetter' ? { ...each, reason: 'exhausted', failure: undefined } : each
    }),
    red: ['dead letters', 'results', 'unreadable tasks'],
  },
  {
    name: 'settlements that free no unique key',
    makeDriver: breaking((store) => {
      const remove = store.remove.bind(store)
      store.remove = (task) => {
        const { unique } = task.envelope
        remove(task)
        if (unique === undefined) return
        const { envelope } = task
        store.insert({
          envelope: { ...envelope, queue: envelope.queue, id: envelope.id },
          delayMs: 10 ** 9,
          dueAt: undefined,
          expiresInMs: undefined,
          expiresAt: undefined,
        })
        store.live.delete(envelope.id)
      }
    }),
    red: ['unique keys'],
  },
  {
    name: 'a retry that frees the unique key',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const answers = await driver.settle(settlements)
        for (const { lease, kind } of settlements) {
          const task = store.findLive(lease)
          if (task === undefined || (kind !== 'retry' && kind !== 'release')) continue
          store.remove(task)
          store.live.set(lease.id, task)
          store.makeWaiting(task, task.readyAt, store.clock.now())
        }
        return answers
      },
    })),
    red: ['cancel marks', 'fencing', 'settle', 'unique keys'],
  },
  {
    name: 'a cancel mark that stops every settlement',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        const answers: SettleAnswer[] = []
        for (const settlement of settlements) {
          const isMarked = store.findLive(settlement.lease)?.cancelRequest !== undefined
          const isStopped = isMarked && settlement.kind !== 'cancel'
          answers.push(isStopped ? 'cancelled' : ((await driver.settle([settlement]))[0] ?? 'gone'))
        }
        return answers
      },
    })),
    red: ['cancel marks'],
  },
  {
    name: 'a cancel mark that retries overtake',
    makeDriver: replacing((driver, store) => ({
      settle: async (settlements) => {
        for (const { lease } of settlements) {
          const task = store.findLive(lease)
          if (task !== undefined) task.cancelRequest = undefined
        }
        return await driver.settle(settlements)
      },
    })),
    red: ['cancel marks', 'recovery'],
  },
  {
    name: 'a cancel mark that ends the lease',
    makeDriver: replacing((driver) => ({
      extend: async (leases) =>
        (await driver.extend(leases)).map((answer) => (answer === 'cancelled' ? 'lost' : answer)),
    })),
    red: ['cancel marks', 'recovery'],
  },
]
