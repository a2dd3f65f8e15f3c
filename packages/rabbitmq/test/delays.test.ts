import { type Driver, type EnqueueCall, systemClock } from '@tasq/core/driver'
import { callId, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { descentOf, LEVELS, LONGEST_MS, levelMs, levelPattern } from '../src/delays.ts'
import { Names } from '../src/names.ts'
import { headers } from '../src/tasks.ts'
import { testExchange } from './support/harness.ts'
import { asTask, opened, operator, store } from './support/own-server.ts'

const url = inject('rabbitmqUrl')

/** How long a message takes by its routing key. */
function lengthOf(delayMs: number): number {
  const bits = descentOf(delayMs).bits.split('.')
  return bits.reduce((sum, bit, index) => sum + (bit === '1' ? levelMs(LEVELS - 1 - index) : 0), 0)
}

test.each([
  1, 15, 16, 17, 20, 100, 399, 1_000, 3_000, 5_000, 7_000, 10_000, 59_999, 3_600_000, 86_400_000,
  31_536_000_000,
])('a way down the ladder takes %d ms, and hardly longer', (delayMs) => {
  expect(lengthOf(delayMs)).toBeGreaterThanOrEqual(delayMs)
  expect(lengthOf(delayMs)).toBeLessThanOrEqual(delayMs + 16 + Math.min(1_000, delayMs / 512))
})

test('the ladder reaches four years; a longer delay goes as far as it does', () => {
  expect(LONGEST_MS).toBeGreaterThan(4 * 365 * 86_400_000)
  expect(lengthOf(LONGEST_MS)).toBe(LONGEST_MS)
  expect(lengthOf(10 * LONGEST_MS)).toBe(LONGEST_MS)
})

test('a message enters on the highest level that it stays on', () => {
  expect(descentOf(1)).toMatchObject({ level: 0 })
  expect(descentOf(16)).toMatchObject({ level: 0 })
  expect(descentOf(17)).toMatchObject({ level: 1 })
  expect(descentOf(LONGEST_MS)).toMatchObject({ level: LEVELS - 1 })
})

test('the pattern of a level looks at its own bit', () => {
  expect(levelPattern(LEVELS - 1, 1)).toBe('1.#')
  expect(levelPattern(LEVELS - 3, 0)).toBe('*.*.0.#')
})

/** Sends tasks with these delays, and tells by delay how late each came. */
async function lateness(driver: Driver, delays: readonly number[]): Promise<ReadonlyMap<number, number>> {
  const tasks = delays.map((delayMs) => newTask({ delayMs, headers: { delay: String(delayMs) } }))
  await driver.enqueue({ callId: callId(), tasks })
  const late = new Map<number, number>()
  while (late.size < delays.length) {
    const deliveries = await driver.reserve(reserveCall({ max: 100, waitMs: 20_000 }))
    const now = systemClock.now()
    for (const { envelope, enqueuedAt } of deliveries.map(asTask)) {
      const delayMs = Number(envelope.headers?.delay)
      late.set(delayMs, now - enqueuedAt - delayMs)
    }
  }
  return late
}

test('a task comes when it was asked for, on every level of the ladder: never earlier, and within 100 ms', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  const asked = [1_000, 3_000, 5_000, 7_000, 10_000, 20, 250, 700]
  let open: readonly number[] = [...asked, ...[0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(levelMs)]
  await store(driver, 1, { queue: 'warm', delayMs: Math.max(...open) }) // declares them
  // A machine that is busy with other tests is late with everything: those that came too late have another try.
  while (open.length > 0) {
    const late = await lateness(driver, open)
    expect(Math.min(...late.values()), 'none comes too early').toBeGreaterThanOrEqual(0)
    open = open.filter((delayMs) => (late.get(delayMs) ?? 0) > 100)
  }
})

test('a short delay does not wait behind longer ones', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  const delays = [4_000, 2_000, 60_000, 1_000, 500]
  const tasks = delays.map((delayMs) => newTask({ delayMs }))
  await driver.enqueue({ callId: callId(), tasks })
  const came: string[] = []
  while (came.length < 4) {
    const deliveries = await driver.reserve(reserveCall({ max: 5, waitMs: 10_000 }))
    came.push(...deliveries.map(({ lease }) => lease.id))
  }
  const [four, two, , one, half] = tasks.map(({ envelope }) => envelope.id)
  expect(came).toEqual([half, one, two, four])
})

test('delayed tasks of different queues and priorities find their own', async () => {
  const driver = await opened({ url, exchange: testExchange() })
  const places = ['a', 'a.b', '#', 'a*'].flatMap((queue) =>
    [100, -50].map((priority) => ({ queue, priority })),
  )
  const tasks = places.map((place) => newTask({ ...place, delayMs: 200 }))
  await driver.enqueue({ callId: callId(), tasks })
  for (const { queue } of places.filter(({ priority }) => priority === 100)) {
    const urgent = await driver.reserve(reserveCall({ queue, waitMs: 10_000 }))
    const other = await driver.reserve(reserveCall({ queue, waitMs: 10_000 }))
    const found = [...urgent, ...other].map(asTask).map(({ envelope }) => [envelope.queue, envelope.priority])
    expect(found.sort()).toEqual([
      [queue, -50],
      [queue, 100],
    ])
  }
})

test('a delay of years waits', async () => {
  const exchange = testExchange()
  const driver = await opened({ url, exchange })
  for (const years of [1, 3]) await store(driver, 1, { delayMs: years * 365 * 86_400_000 })
  expect(await driver.reserve(reserveCall({ waitMs: 300 }))).toEqual([])
  const admin = await operator({ url })
  const levels = Array.from({ length: LEVELS }, (_, level) => new Names(exchange).level(level))
  const waiting = await Promise.all(levels.map((name) => admin.waiting(name)))
  expect(waiting.reduce((sum, count) => sum + count, 0)).toBe(2)
  await admin.removeAll(exchange, ['work'])
})

test('a delay that is longer than the ladder goes round again instead of coming too early', async () => {
  const exchange = testExchange()
  const driver = await opened({ url, exchange })
  const call: EnqueueCall = { callId: callId(), tasks: newTasks(1, { delayMs: 20 * 365 * 86_400_000 }) }
  expect(await driver.enqueue(call)).toEqual([{ status: 'created' }])
  // As it looks when it has come down the ladder for the first time, but with half a second left.
  const names = new Names(exchange)
  const admin = await operator({ url })
  await store(driver, 1)
  const due = systemClock.now() + 500
  await admin.rewrite(names.bandQueue('work', 'normal'), ({ content }) => content, { [headers.due]: due })
  expect(await driver.reserve(reserveCall())).toEqual([])
  const [delivery] = await driver.reserve(reserveCall({ waitMs: 10_000 }))
  expect(delivery?.now).toBeGreaterThanOrEqual(due)
  await admin.removeAll(exchange, ['work'])
})
