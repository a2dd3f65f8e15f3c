import type { TaskRef } from '@tasq/core/driver'
import { VirtualClock } from '@tasq/core/memory'
import { expect, test } from 'vitest'
import { inTransaction, Notices, refsOf } from '../src/notices.ts'

function start() {
  const clock = new VirtualClock()
  const told: string[] = []
  const notices = new Notices({
    clock,
    tellReady: async (queues) => void told.push(`ready ${queues}`),
    tellFinished: async (hints) => void told.push(`finished ${hints}`),
  })
  return { clock, told, notices }
}

/** As many notices as go at once: whatever follows has to wait for the pace. */
const BURST = 10

function tellMuchOfReady(notices: Notices, queue: string): void {
  for (let call = 0; call < BURST; call++) expect(notices.ready([queue]).now).toEqual([queue])
}

function tellMuchOfFinished(notices: Notices): void {
  for (let call = 0; call < BURST; call++)
    expect(notices.finished(refs(1)).now?.map(refsOf)).toEqual([refs(1)])
}

const refs = (count: number): readonly TaskRef[] =>
  Array.from({ length: count }, (_, index) => ({ queue: 'q', id: `id ${index}` }))

test('the first notices go with their statements, what follows is told once, when the pace lets it', async () => {
  const { clock, told, notices } = start()
  expect(notices.ready(['a', 'a', 'b']).now).toEqual(['a', 'b'])
  for (let call = 1; call < BURST; call++) expect(notices.ready(['a']).now).toEqual(['a'])
  for (let call = 0; call < 5; call++) {
    const notice = notices.ready(['a'])
    expect(notice.now).toBeNull()
    notice.sent()
  }
  expect(notices.ready(['b', 'c']).now).toEqual(['b', 'c'])
  await clock.advance(9)
  expect(told).toEqual([])
  await clock.advance(1)
  expect(told).toEqual(['ready a'])
  await clock.advance(1_000)
  expect(told).toEqual(['ready a'])
  expect(notices.ready(['a']).now).toEqual(['a'])
})

test('in the long run there is one notice in 10 ms', async () => {
  const { clock, told, notices } = start()
  let atOnce = 0
  for (let ms = 0; ms < 1_000; ms++) {
    const notice = notices.ready(['a'])
    if (notice.now !== null) atOnce++
    notice.sent()
    await clock.advance(1)
  }
  expect(atOnce + told.length).toBeLessThanOrEqual(BURST + 100)
  expect(atOnce + told.length).toBeGreaterThan(100)
})

test('what waits to be told travels with what comes in its turn', async () => {
  // Timers fire late, as they do where a process is busy.
  const clock = new VirtualClock()
  const late = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    setTimeout: (callback: () => void, ms: number) => clock.setTimeout(callback, ms + 5),
    clearTimeout: (handle: object) => clock.clearTimeout(handle),
  }
  const told: string[] = []
  const notices = new Notices({
    clock: late,
    tellReady: async (queues) => void told.push(`ready ${queues}`),
    tellFinished: async (hints) => void told.push(`finished ${hints}`),
  })
  tellMuchOfReady(notices, 'a')
  notices.ready(['a']).sent()
  tellMuchOfFinished(notices)
  notices.finished(refs(1)).sent()
  await clock.advance(10)
  expect(notices.ready(['a']).now).toEqual(['a'])
  expect(notices.finished(refs(2)).now?.map(refsOf)).toEqual([[...refs(1), ...refs(2)]])
  await clock.advance(1_000)
  expect(told).toEqual([])
})

test('what had to wait is told once it is committed, and not before', async () => {
  const { clock, told, notices } = start()
  tellMuchOfReady(notices, 'a')
  const slow = notices.ready(['a'])
  await clock.advance(300)
  expect(told).toEqual([])
  slow.sent()
  await clock.advance(0)
  expect(told).toEqual(['ready a'])
})

test('what a statement that failed had to tell is not told', async () => {
  const { clock, told, notices } = start()
  tellMuchOfReady(notices, 'a')
  expect(notices.ready(['a']).now).toBeNull()
  await clock.advance(1_000)
  expect(told).toEqual([])
})

test('nobody knows when a transaction of the user’s is committed: hints follow it for a while', async () => {
  const { clock, told, notices } = start()
  for (let call = 0; call < BURST; call++) expect(notices.readyInTransaction(['a']).now).toEqual(['a'])
  const second = notices.readyInTransaction(['a'])
  expect(second.now).toBeNull()
  second.sent()
  await clock.advance(1_000)
  expect(told).toEqual(['ready a', 'ready a', 'ready a'])
})

test('hints of finished tasks name them, and gather as well', async () => {
  const { clock, told, notices } = start()
  tellMuchOfFinished(notices)
  notices.finished(refs(2)).sent()
  notices.finishedBefore(refs(1))
  await clock.advance(10)
  expect(told).toEqual(['finished [["q","id 0"],["q","id 1"],["q","id 0"]]'])
  expect(notices.finished([]).now).toBeNull()
})

test('a hint of too many tasks, or of long names, names none and means any', () => {
  const { notices } = start()
  expect(notices.finished(refs(101)).now).toEqual([''])
  const other = start().notices
  const long = Array.from({ length: 10 }, () => ({ queue: 'q'.repeat(200), id: 'id' }))
  expect(other.finished(long).now).toEqual([''])
  expect(refsOf('')).toBeUndefined()
  expect(refsOf('what somebody else has sent')).toBeUndefined()
  expect(refsOf('{"queue":"q"}')).toBeUndefined()
})

test('a notice that can not be sent harms nobody', async () => {
  const clock = new VirtualClock()
  const refuse = async () => {
    throw new Error('no connection')
  }
  const notices = new Notices({ clock, tellReady: refuse, tellFinished: refuse })
  tellMuchOfReady(notices, 'a')
  notices.ready(['a']).sent()
  await clock.advance(100)
  expect(notices.ready(['a']).now).toEqual(['a'])
})

test('after it is closed nothing is told', async () => {
  const { clock, told, notices } = start()
  tellMuchOfReady(notices, 'a')
  notices.ready(['a']).sent()
  notices.close()
  await clock.advance(1_000)
  expect(told).toEqual([])
})

test('what has to wait in a transaction is told after its commit, and not at all where there is none', async () => {
  const { clock, told, notices } = start()
  tellMuchOfReady(notices, 'a')
  tellMuchOfFinished(notices)
  const rolledBack = inTransaction(notices)
  rolledBack.ready(['a']).sent()
  rolledBack.finished(refs(1)).sent()
  await clock.advance(1_000)
  expect(told).toEqual([])
  tellMuchOfReady(notices, 'a')
  tellMuchOfFinished(notices)
  const committed = inTransaction(notices)
  expect([committed.ready(['a']).now, committed.finished(refs(1)).now]).toEqual([null, null])
  committed.sent()
  await clock.advance(1_000)
  expect(told).toEqual(['ready a', 'finished [["q","id 0"]]'])
})
