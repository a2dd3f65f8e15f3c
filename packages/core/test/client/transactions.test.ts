import { describe, expect, test } from 'vitest'
import type { NewTask } from '../../src/contract/enqueue.ts'
import type { Transactions } from '../../src/contract/facets/transactions.ts'
import { createTasq, defineTask, InvalidTransactionError, typed, UnsupportedError } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { FaultyDriver } from '../support/faulty-driver.ts'
import { only, rejection } from '../support/present.ts'
import { stage } from '../support/stage.ts'

/** A client in a user's transaction, as an SQL driver knows it: what is written shows when it commits. */
class Client {
  readonly written: NewTask[] = []
}

class SqlLikeDriver extends FaultyDriver {
  readonly transactions: Transactions<Client> = {
    accepts: (candidate) => candidate instanceof Client,
    expects: 'a client',
    enqueue: async (client, tasks) => {
      client.written.push(...tasks)
      return tasks.map(() => ({ status: 'created' }) as const)
    },
  }
}

const work = defineTask({ name: 'work', input: typed<number>() })

function sqlLike() {
  const driver = new SqlLikeDriver({ clock: new VirtualClock() })
  return { driver, tasq: createTasq({ driver }) }
}

test('a task enqueued in a transaction is written with its client, and nowhere else', async () => {
  const { driver, tasq } = sqlLike()
  const client = new Client()
  const handle = await tasq.enqueue(work, 5, { tx: client, priority: 'high' })
  expect(only(client.written).envelope).toMatchObject({ id: handle.id, priority: 50 })
  expect([driver.enqueues, driver.store.live.size]).toEqual([[], 0])
})

test('the driver is opened first', async () => {
  const { driver, tasq } = sqlLike()
  await tasq.enqueue(work, 5, { tx: new Client() })
  expect(driver.count('open')).toBe(1)
})

test('many tasks are written with the client as well, in their order', async () => {
  const { tasq } = sqlLike()
  const client = new Client()
  const handles = await tasq.enqueueMany(work, [1, 2, 3], { tx: client })
  expect(client.written.map(({ envelope }) => envelope.id)).toEqual(handles.map(({ id }) => id))
})

describe('refused is', () => {
  test('what is no client of this driver, with what would be one', async () => {
    const { tasq } = sqlLike()
    const wrong: unknown = {}
    const error = await rejection(tasq.enqueue(work, 5, { tx: wrong as Client }), InvalidTransactionError)
    expect(error.nextStep).toBe('Pass a client, with your transaction open on it.')
  })

  test('a transaction on a driver that has none, with the alternative', async () => {
    const { tasq } = stage()
    const wrong: unknown = new Client()
    const error = await rejection(tasq.enqueue(work, 5, { tx: wrong as never }), UnsupportedError)
    expect(error.message).toContain("The driver 'faulty' has no transactions.")
    expect(error.nextStep).toContain('enqueue without `tx` after the commit')
  })
})
