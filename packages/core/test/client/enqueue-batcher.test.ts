import { describe, expect, test } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { defineTask, typed, UnknownOutcomeError } from '../../src/index.ts'
import {
  busy,
  type Fault,
  fails,
  hangs,
  losesAnswer,
  refusal,
  unavailable,
  waitsFor,
} from '../support/faulty-driver.ts'
import { only, present, rejection } from '../support/present.ts'
import { settled, stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: typed<number>() })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('natural batching', () => {
  test('100 calls made at the same time are one call to the backend, in their order', async () => {
    const { tasq, driver } = stage()
    const handles = await Promise.all(Array.from({ length: 100 }, (_, index) => tasq.enqueue(work, index)))
    const { tasks } = only(driver.enqueues)
    expect(tasks.map(({ envelope }) => envelope.id)).toEqual(handles.map(({ id }) => id))
  })

  test('calls made during a write travel together in the next', async () => {
    const { tasq, driver } = stage()
    const gate = Promise.withResolvers<void>()
    driver.next('enqueue', waitsFor(gate.promise))
    const first = tasq.enqueue(work, 1)
    await turn()
    const later = [2, 3].map((input) => tasq.enqueue(work, input))
    await turn()
    expect(driver.enqueues).toHaveLength(1)
    gate.resolve()
    await Promise.all([first, ...later])
    expect(driver.enqueues.map(({ tasks }) => tasks.length)).toEqual([1, 2])
  })

  test('a write carries no more than the driver takes, in items and in bytes', async () => {
    const { tasq, driver } = stage({ limits: { maxBatch: 4, maxBatchBytes: 12 } })
    const text = defineTask({ name: 'text', input: typed<string>() })
    const lengths = [4, 4, 4, 4, 0, 0, 0, 0, 0]
    await Promise.all(lengths.map((length) => tasq.enqueue(text, 'x'.repeat(length))))
    for (const { tasks } of driver.enqueues) {
      const bytes = tasks.reduce((sum, { envelope }) => sum + envelope.payload.bytes.length, 0)
      expect(tasks.length).toBeLessThanOrEqual(4)
      expect(bytes).toBeLessThanOrEqual(12)
    }
    expect(driver.enqueues.flatMap(({ tasks }) => tasks)).toHaveLength(lengths.length)
  })

  test('no two calls have the same id, nor those of two apps', async () => {
    const { tasq, driver, store } = stage()
    const other = stage({ store })
    await tasq.enqueue(work, 1)
    await tasq.enqueue(work, 2)
    await other.tasq.enqueue(work, 3)
    const ids = [...driver.enqueues, ...other.driver.enqueues].map(({ callId }) => callId)
    expect(new Set(ids).size).toBe(3)
  })
})

describe('an answer that was lost', () => {
  test('is asked for again under the same id, and nothing is stored twice', async () => {
    const { clock, tasq, driver, store, log } = stage()
    driver.next('enqueue', losesAnswer(), losesAnswer())
    const handles = await settled(clock, Promise.all([1, 2, 3].map((input) => tasq.enqueue(work, input))))
    expect(handles.map(({ status }) => status)).toEqual(['created', 'created', 'created'])
    expect(store.live.size).toBe(3)
    expect(new Set(driver.enqueues.map(({ callId }) => callId)).size).toBe(1)
    expect(log.of('client:retry')).toEqual([
      { error: unavailable('The answer was lost.'), attempt: 1, tasks: 3 },
      { error: unavailable('The answer was lost.'), attempt: 2, tasks: 3 },
    ])
  })

  test('of a call with a unique key is not taken for a duplicate of itself', async () => {
    const { clock, tasq, driver } = stage()
    driver.next('enqueue', losesAnswer())
    const handle = await settled(clock, tasq.enqueue(work, 1, { unique: { key: 'a' } }))
    expect(handle.status).toBe('created')
  })

  test('does not lead to a split: with a refusal after it, the whole call is of unknown outcome', async () => {
    const { clock, tasq, driver } = stage()
    driver.next('enqueue', losesAnswer(), fails(refusal()))
    const errors = await settled(
      clock,
      Promise.all([1, 2].map((input) => rejection(tasq.enqueue(work, input), UnknownOutcomeError))),
    )
    expect(driver.enqueues).toHaveLength(2)
    const ids = present(driver.enqueues[0]).tasks.map(({ envelope }) => envelope.id)
    expect(errors.flatMap((error) => error.ids)).toEqual(ids)
  })
})

describe('a batch that is refused', () => {
  test('is split until the bad task stands alone, and the others are stored', async () => {
    const { tasq, driver, store } = stage()
    const refuseOdd: Fault = async (answer) => {
      if (driver.enqueues.at(-1)?.tasks.some(({ envelope }) => envelope.priority === 13))
        throw refusal('bad row')
      return await answer()
    }
    driver.always(refuseOdd, 'enqueue')
    const calls = [1, 2, 3, 4, 5].map((input) =>
      tasq.enqueue(work, input, { priority: input === 3 ? 13 : 0 }),
    )
    const outcomes = await Promise.allSettled(calls)
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ])
    expect(outcomes[2]).toMatchObject({ reason: { message: 'bad row Give up.' } })
    expect(store.live.size).toBe(4)
  })

  test('leaves its tasks in their order', async () => {
    const { tasq, driver, store } = stage()
    driver.next('enqueue', fails(refusal()))
    const handles = await Promise.all([1, 2, 3, 4, 5].map((input) => tasq.enqueue(work, input)))
    expect([...store.live.keys()]).toEqual(handles.map(({ id }) => id))
  })

  test('for one task in its answer rejects that one only', async () => {
    const { tasq, driver } = stage()
    const refuseSecond: Fault = async (answer) => {
      const answers = await answer()
      if (Array.isArray(answers)) answers[1] = { status: 'rejected', error: refusal('too big') }
      return answers
    }
    driver.next('enqueue', refuseSecond)
    const outcomes = await Promise.allSettled([1, 2, 3].map((input) => tasq.enqueue(work, input)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  })
})

describe('a backend that does not answer', () => {
  test('for 30 s means unknown outcome, with the id', async () => {
    const { clock, tasq, driver } = stage()
    driver.next('enqueue', hangs)
    const rejected = rejection(tasq.enqueue(work, 1), UnknownOutcomeError)
    await clock.advance(29_999)
    expect(driver.enqueues).toHaveLength(1)
    const start = clock.monotonic()
    const error = await settled(clock, rejected)
    expect(clock.monotonic() - start).toBeLessThan(1_000)
    expect(error.ids).toEqual([only(present(driver.enqueues[0]).tasks).envelope.id])
    expect(error).toMatchObject({ code: 'TASQ_UNKNOWN_OUTCOME', retryable: false })
    expect(error.nextStep).toContain('Look the ids up')
  })

  test('but comes back in time loses nothing', async () => {
    const { clock, tasq, driver, store } = stage()
    driver.always(fails(), 'enqueue')
    const enqueued = tasq.enqueue(work, 1)
    await clock.advance(20_000)
    driver.heal()
    expect((await settled(clock, enqueued)).status).toBe('created')
    expect(store.live.size).toBe(1)
  })

  test('holds nobody longer than that, not even those who wait behind others', async () => {
    const { clock, tasq, driver } = stage({ limits: { maxBatch: 1 } })
    driver.always(hangs, 'enqueue')
    const first = rejection(tasq.enqueue(work, 1), UnknownOutcomeError)
    const behind = [2, 3, 4].map((input) => rejection(tasq.enqueue(work, input), StoreError))
    const errors = await settled(clock, Promise.all(behind), { within: 31_000 })
    await first
    expect(driver.enqueues).toHaveLength(1)
    for (const error of errors)
      expect(error).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' })
  })

  test('because it is busy is no unknown outcome: nothing was stored', async () => {
    const { clock, tasq, driver } = stage()
    driver.always(fails(busy()), 'enqueue')
    const error = await settled(clock, rejection(tasq.enqueue(work, 1), StoreError), { within: 60_000 })
    expect(error).toMatchObject({ code: 'TASQ_STORE_BUSY', outcome: 'refused', retryable: true })
    expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000)
  })

  test('and one that cannot be opened are the same to those who wait', async () => {
    const { clock, tasq, driver } = stage()
    driver.next('open', hangs)
    const error = await settled(clock, rejection(tasq.enqueue(work, 1), UnknownOutcomeError), {
      within: 31_000,
    })
    expect(error.message).toContain('No answer to the enqueue of 1 tasks within 30000 ms')
  })
})
