import type { Settlement } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import { newRowOf } from '../src/columns.ts'
import type { Standing } from '../src/standing.ts'
import { driverOn, openDriverOn } from './support/driver.ts'
import { deadLetterRow, envelope, lostRow, NOW, newTask, recordRow } from './support/rows.ts'

const ref = { queue: 'a', id: '1' }
const lease = { ...ref, token: 'mine' }
const complete: Settlement = { kind: 'complete', lease, attempt: 1, keepMs: undefined, result: undefined }
const retry: Settlement = { kind: 'retry', lease, delayMs: 0, attempts: 1, history: undefined }

test('an enqueue stores its tasks as rows under its id, and passes the answers on', async () => {
  const answers = [{ status: 'created' }, { status: 'duplicate', of: '2' }] as const
  const { driver, calls } = await openDriverOn({ insert: async () => answers })
  const tasks = [newTask({ id: '1' }), newTask({ id: '3' }, { delayMs: 5 })]
  expect(await driver.enqueue({ callId: 'call-1', tasks })).toEqual(answers)
  expect(calls).toEqual([['insert', 'call-1', tasks.map(newRowOf)]])
})

test('an enqueue in a transaction of the user writes rows with their client, and nothing of ours', async () => {
  const written: unknown[] = []
  const client = { mine: true }
  const { driver, calls } = driverOn(
    {},
    {
      accepts: (candidate) => candidate === client,
      expects: 'a client of mine',
      insert: async (...args) => {
        written.push(...args)
        return [{ status: 'created' }]
      },
    },
  )
  const { transactions } = driver
  expect([transactions.accepts(client), transactions.accepts({}), transactions.expects]).toEqual([
    true,
    false,
    'a client of mine',
  ])
  expect(await transactions.enqueue(client, [newTask()])).toEqual([{ status: 'created' }])
  expect(written).toEqual([client, [newRowOf(newTask())]])
  expect(calls).toEqual([])
})

test('extend passes leases and answers on', async () => {
  const answers = ['held', 'lost', 'cancelled'] as const
  const { driver, calls } = await openDriverOn({ extend: async () => answers })
  const extensions = answers.map(() => ({ lease, leaseMs: 5 }))
  expect(await driver.extend(extensions)).toEqual(answers)
  expect(calls).toEqual([['extend', extensions]])
})

describe('settle', () => {
  test('answers for each settlement in its order: what was applied, and how things stand with the others', async () => {
    const outcomes: readonly ('applied' | Standing)[] = [
      'applied',
      { kind: 'gone' },
      { kind: 'waiting', token: 'mine' },
      { kind: 'waiting', token: 'yours' },
      { kind: 'claimed', token: 'yours', isCancelRequested: false },
      { kind: 'claimed', token: 'mine', isCancelRequested: true },
    ]
    const { driver, calls } = await openDriverOn({ settle: async () => outcomes })
    const settlements = outcomes.map(() => retry)
    const answers = await driver.settle(settlements)
    expect(answers).toEqual(['settled', 'gone', 'settled', 'lost', 'lost', 'cancelled'])
    expect(calls).toEqual([['settle', settlements]])
  })

  test('takes no answer for a yes', async () => {
    const { driver } = await openDriverOn({ settle: async () => ['applied'] })
    await expect(driver.settle([complete, complete])).rejects.toThrow('fewer settlements')
  })
})

test('recover takes over under its id as the token', async () => {
  const { driver, calls } = await openDriverOn({ recover: async () => ({ rows: [lostRow()], now: NOW }) })
  const lost = await driver.recovery.recover({ callId: 'call-1', max: 5, leaseMs: 9 })
  expect(lost).toMatchObject([{ lease: { token: 'call-1' }, lostToken: 'token-1', now: NOW }])
  expect(calls).toEqual([['recover', 'call-1', 5, 9]])
})

test('an admission hands on rows without times and unique keys, and gives an answer for each', async () => {
  const answers = [{ status: 'admitted', attempt: 2 }, { status: 'finished' }] as const
  const { driver, calls } = await openDriverOn({ admit: async () => answers })
  const tasks = [envelope({ id: '1', unique: { key: 'k', windowMs: 5 } }), envelope({ id: '2' })]
  expect(await driver.ledger.admit({ token: 'mine', tasks })).toEqual(answers)
  expect(calls).toEqual([['admit', [newRowOf(newTask({ id: '1' })), newRowOf(newTask({ id: '2' }))], 'mine']])
})

test('results are read in their order', async () => {
  const { driver } = await openDriverOn({ results: async () => [{ state: 'unknown' }, { state: 'pending' }] })
  expect(await driver.results.read([ref, ref])).toEqual([{ state: 'unknown' }, { state: 'pending' }])
})

test('hints of finished tasks come from the dialect until they are stopped', async () => {
  const hinted: unknown[] = []
  let stopped = false
  const { driver } = await openDriverOn({
    watchFinished: async (hint) => {
      hint([ref])
      return async () => {
        stopped = true
      }
    },
  })
  const stop = await driver.results.watch((refs) => hinted.push(refs))
  expect({ hinted, stopped }).toEqual({ hinted: [[ref]], stopped: false })
  await stop()
  expect(stopped).toBe(true)
})

describe('looking at tasks', () => {
  test('each queue has its counts in its place, though the database knows only one', async () => {
    const counts = { queue: 'b', ready: 1, scheduled: 2, active: 3, dead: 4, finished: 5 }
    const { driver } = await openDriverOn({ count: async () => [counts] })
    const none = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }
    expect(await driver.inspection.count(['a', 'b', 'c'])).toEqual([
      { queue: 'a', ...none },
      counts,
      { queue: 'c', ...none },
    ])
  })

  test('what is not there leaves a gap in its place', async () => {
    const { driver } = await openDriverOn({ get: async () => [undefined, recordRow({ id: '2' })] })
    expect(await driver.inspection.get([ref, { queue: 'a', id: '2' }])).toMatchObject([
      undefined,
      { id: '2' },
    ])
  })

  test('pages follow one another by their cursors, up to the last', async () => {
    const { driver, calls } = await openDriverOn({
      find: async (_, { after }) => ({ rows: [recordRow()], next: after === null ? [50, 7] : null }),
    })
    const filter = { queue: 'a', state: 'ready', task: undefined } as const
    const first = await driver.inspection.find({ ...filter, limit: 1 })
    const last = await driver.inspection.find({ ...filter, limit: 1, cursor: first.cursor })
    expect([first.items.length, last.items.length, last.cursor]).toEqual([1, 1, undefined])
    expect(calls).toEqual([
      ['find', filter, { limit: 1, after: null }],
      ['find', filter, { limit: 1, after: [50, 7] }],
    ])
  })

  test('pages of dead letters do so too, and keep their filter', async () => {
    const { driver, calls } = await openDriverOn({
      peekDead: async (_, { after }) => ({ rows: [deadLetterRow()], next: after === null ? [7] : null }),
    })
    const filter = { queue: 'a', task: 'work', reason: 'lost', ids: ['1'] } as const
    const first = await driver.deadLetters.peek({ ...filter, limit: 1 })
    const last = await driver.deadLetters.peek({ ...filter, limit: 1, cursor: first.cursor })
    expect([first.items.length, last.items.length, last.cursor]).toEqual([1, 1, undefined])
    expect(calls).toEqual([
      ['peekDead', filter, { limit: 1, after: null }],
      ['peekDead', filter, { limit: 1, after: [7] }],
    ])
  })

  test('a cursor that is none is refused before the database is asked', async () => {
    const { driver, calls } = await openDriverOn({})
    const find = driver.inspection.find({ queue: 'a', state: 'ready', limit: 1, cursor: 'x' })
    await expect(find).rejects.toMatchObject({ code: 'TASQ_INVALID_OPTION', option: 'cursor' })
    const peek = driver.deadLetters.peek({ queue: 'a', limit: 1, cursor: 'x' })
    await expect(peek).rejects.toMatchObject({ code: 'TASQ_INVALID_OPTION', option: 'cursor' })
    expect(calls).toEqual([])
  })
})

test('what needs no translation goes to the dialect and comes back as it is', async () => {
  const { driver, calls } = await openDriverOn({
    queues: async () => ['a'],
    cancel: async () => ['requested'],
    cancelRequests: async () => [{ ...ref, reason: 'moot' }],
    reschedule: async () => 'active',
    remove: async () => 'unknown',
    purge: async () => 3,
    countDead: async () => [4],
    retryDead: async () => 5,
    purgeDead: async () => 6,
    trim: async () => 7,
  })
  const { inspection, deadLetters, retention } = driver
  const cancelCall = { ref, reason: 'moot', keepMs: 1 }
  const answers = [
    await inspection.queues(),
    await inspection.cancel([cancelCall]),
    await inspection.cancelRequests(['a']),
    await inspection.reschedule(ref, { dueAt: NOW }),
    await inspection.remove(ref),
    await inspection.purge('a', ['ready', 'scheduled'], 10),
    await deadLetters.count(['a']),
    await deadLetters.retry({ queue: 'a' }, 11),
    await deadLetters.purge({ queue: 'a', task: 'work' }, 12),
    await retention.trim(13),
  ]
  expect(answers).toEqual([
    ['a'],
    ['requested'],
    [{ ...ref, reason: 'moot' }],
    'active',
    'unknown',
    3,
    [4],
    5,
    6,
    7,
  ])
  expect(calls).toEqual([
    ['queues'],
    ['cancel', [cancelCall]],
    ['cancelRequests', ['a']],
    ['reschedule', ref, { dueAt: NOW }],
    ['remove', ref],
    ['purge', 'a', ['ready', 'scheduled'], 10],
    ['countDead', ['a']],
    ['retryDead', { queue: 'a' }, 11],
    ['purgeDead', { queue: 'a', task: 'work' }, 12],
    ['trim', 13],
  ])
})
