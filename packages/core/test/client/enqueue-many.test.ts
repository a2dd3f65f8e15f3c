import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineTask, InvalidOptionError, NotAllEnqueuedError, typed } from '../../src/index.ts'
import { type Fault, fails, hangs, losesAnswer, refusal } from '../support/faulty-driver.ts'
import { only, present, rejection } from '../support/present.ts'
import { settled, stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: z.number().int() })
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index)

test('many tasks are stored in one call, with a handle for each in the order of the inputs', async () => {
  const { tasq, driver, store, log } = stage()
  const handles = await tasq.enqueueMany(work, numbers(500))
  expect(only(driver.enqueues).tasks).toHaveLength(500)
  expect(handles.map(({ id }) => id)).toEqual([...store.live.keys()])
  expect(log.count('task:enqueued')).toBe(500)
})

test('no tasks are no call', async () => {
  const { tasq, driver } = stage()
  expect(await tasq.enqueueMany(work, [])).toEqual([])
  expect(driver.enqueues).toEqual([])
})

describe('chunks', () => {
  test('are no larger than what the driver takes in one call', async () => {
    const { tasq, driver } = stage({ limits: { maxBatch: 10 } })
    await tasq.enqueueMany(work, numbers(25))
    expect(driver.enqueues.map(({ tasks }) => tasks.length)).toEqual([10, 10, 5])
  })

  test('are no larger than 1,000 where the driver takes more', async () => {
    const { tasq, driver } = stage({ limits: { maxBatch: 100_000 } })
    await tasq.enqueueMany(work, numbers(2_500))
    expect(driver.enqueues.map(({ tasks }) => tasks.length)).toEqual([1_000, 1_000, 500])
  })

  test('carry no more bytes than the driver takes in one call', async () => {
    const { tasq, driver } = stage({ limits: { maxBatchBytes: 25 } })
    const text = defineTask({ name: 'text', input: typed<string>() })
    await tasq.enqueueMany(
      text,
      ['a', 'b', 'c', 'd', 'e'].map((letter) => letter.repeat(9)),
    )
    expect(driver.enqueues.map(({ tasks }) => tasks.length)).toEqual([2, 2, 1])
  })
})

describe('while a chunk is written', () => {
  /** A driver that holds each enqueue until it is let go. */
  function held(limits: { readonly writesInFlight?: number }) {
    const { tasq, driver } = stage({ limits: { maxBatch: 2, ...limits } })
    const letGo: (() => void)[] = []
    const enqueue = driver.enqueue.bind(driver)
    driver.enqueue = async (call) => {
      await new Promise<void>((resolve) => letGo.push(resolve))
      return await enqueue(call)
    }
    return { tasq, letGo }
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve))

  test('the next one is made ready, and is sent after it', async () => {
    const { tasq, letGo } = held({})
    const seen: number[] = []
    const stored = tasq.enqueueMany(work, numbers(5), (input) => {
      seen.push(input)
      return undefined
    })
    await turn()
    expect([letGo.length, seen]).toEqual([1, [0, 1, 2, 3]])
    letGo[0]?.()
    await turn()
    expect([letGo.length, seen]).toEqual([2, [0, 1, 2, 3, 4]])
    letGo[1]?.()
    await turn()
    letGo[2]?.()
    expect(await stored).toHaveLength(5)
  })

  test('further ones are in flight where the driver keeps their order', async () => {
    const { tasq, letGo } = held({ writesInFlight: 2 })
    const stored = tasq.enqueueMany(work, numbers(6))
    await turn()
    expect(letGo).toHaveLength(2)
    letGo[0]?.()
    await turn()
    expect(letGo).toHaveLength(3)
    letGo[1]?.()
    letGo[2]?.()
    expect(await stored).toHaveLength(6)
  })
})

describe('options', () => {
  test('hold for all', async () => {
    const { tasq, driver } = stage()
    await tasq.enqueueMany(work, numbers(3), { priority: 'high', delay: '1s' })
    for (const task of only(driver.enqueues).tasks) {
      expect(task).toMatchObject({ delayMs: 1_000, envelope: { priority: 50 } })
    }
  })

  test('of each come from a function of the input and its position, over all chunks', async () => {
    const { tasq, driver } = stage({ limits: { maxBatch: 2 } })
    await tasq.enqueueMany(work, [5, 6, 7], (input, index) => ({ priority: input * 10 + index }))
    const tasks = driver.enqueues.flatMap((call) => call.tasks)
    expect(tasks.map(({ envelope }) => envelope.priority)).toEqual([50, 61, 72])
  })

  test('of each may be none', async () => {
    const { tasq } = stage()
    expect(await tasq.enqueueMany(work, [1], () => undefined)).toHaveLength(1)
  })
})

test('duplicates are told one by one', async () => {
  const { tasq } = stage()
  const handles = await tasq.enqueueMany(work, [1, 2, 1], (input) => ({ unique: { key: `${input}` } }))
  expect(handles.map(({ status }) => status)).toEqual(['created', 'created', 'duplicate'])
  expect(present(handles[2]).id).toBe(present(handles[0]).id)
})

describe('those that are refused', () => {
  test('are told by their position in the call; the others are stored', async () => {
    const { tasq, store } = stage({ limits: { maxBatch: 2 } })
    const error = await rejection(tasq.enqueueMany(work, [1, 0.5, 3, 4, 2.5]), NotAllEnqueuedError)
    expect(error.code).toBe('TASQ_NOT_ALL_ENQUEUED')
    expect([...error.refused.keys()]).toEqual([1, 4])
    expect(error.refused.get(4)).toMatchObject({ code: 'TASQ_INVALID_INPUT' })
    expect(error.message).toContain('2 of 5 tasks were refused; number 1:')
    expect(store.live.size).toBe(3)
  })

  test('may be refused by their options, their size or their encoding', async () => {
    const { tasq } = stage({ limits: { maxPayloadBytes: 20 } })
    const any = defineTask({ name: 'any', input: typed<unknown>() })
    const inputs = ['fine', 'x'.repeat(30), () => 1, 'fine']
    const call = tasq.enqueueMany(any, inputs, (_, index) => ({ priority: index === 3 ? 999 : 0 }))
    const { refused } = await rejection(call, NotAllEnqueuedError)
    expect([...refused].map(([index, { code }]) => [index, code])).toEqual([
      [1, 'TASQ_PAYLOAD_TOO_LARGE'],
      [2, 'TASQ_UNENCODABLE'],
      [3, 'TASQ_INVALID_OPTION'],
    ])
  })

  test('by the backend are split from the others', async () => {
    const { tasq, driver, store } = stage()
    const refuseThirteen: Fault = async (answer) => {
      if (driver.enqueues.at(-1)?.tasks.some(({ envelope }) => envelope.priority === 13)) throw refusal()
      return await answer()
    }
    driver.always(refuseThirteen, 'enqueue')
    const call = tasq.enqueueMany(work, numbers(20), (input) => ({ priority: input }))
    const { refused } = await rejection(call, NotAllEnqueuedError)
    expect([...refused.keys()]).toEqual([13])
    expect(store.live.size).toBe(19)
  })

  test('by no answer at all are of unknown outcome', async () => {
    const { clock, tasq, driver } = stage()
    driver.next('enqueue', hangs)
    const { refused } = await settled(clock, rejection(tasq.enqueueMany(work, [1, 2]), NotAllEnqueuedError))
    expect([...refused.values()].map(({ code }) => code)).toEqual([
      'TASQ_UNKNOWN_OUTCOME',
      'TASQ_UNKNOWN_OUTCOME',
    ])
  })
})

test('a lost answer is asked for again under the same id', async () => {
  const { clock, tasq, driver, store } = stage()
  driver.next('enqueue', losesAnswer(), fails())
  await settled(clock, tasq.enqueueMany(work, numbers(5)))
  expect(new Set(driver.enqueues.map(({ callId }) => callId)).size).toBe(1)
  expect(store.live.size).toBe(5)
})

test('an asynchronous schema keeps the order of the inputs', async () => {
  const { tasq, driver } = stage()
  const slow = defineTask({
    name: 'slow',
    input: z.number().refine(async (input) => {
      for (let hop = 0; hop < 10 - input; hop++) await Promise.resolve()
      return true
    }),
  })
  const handles = await tasq.enqueueMany(slow, numbers(10), (input) => ({ priority: input }))
  const priorities = new Map(
    only(driver.enqueues).tasks.map(({ envelope }) => [envelope.id, envelope.priority]),
  )
  expect(handles.map(({ id }) => priorities.get(id))).toEqual(numbers(10))
  expect(only(driver.enqueues).tasks.map(({ envelope }) => envelope.priority)).toEqual(numbers(10))
})

test('inputs that are no list are refused by name', async () => {
  const { tasq } = stage()
  const wrong: unknown = 'abc'
  const error = await rejection(tasq.enqueueMany(work, wrong as number[]), InvalidOptionError)
  expect(error.option).toBe('inputs')
})
