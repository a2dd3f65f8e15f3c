import { describe, expect, test } from 'vitest'
import { defineTask, type EnqueueMiddleware, type Middleware, typed } from '../../src/index.ts'
import { only } from '../support/present.ts'
import { stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: typed<number>() })
const wrap = (enqueue: EnqueueMiddleware): Middleware => ({ enqueue })

test('it knows the task on its way in', async () => {
  const seen: unknown[] = []
  const note = wrap((context, next) => {
    seen.push({ ...context })
    return next()
  })
  const { tasq } = stage({ middleware: [note] })
  const handle = await tasq.enqueue(work, 5, { queue: 'other', headers: { a: '1' } })
  expect(seen).toEqual([{ id: handle.id, task: 'work', queue: 'other', input: 5, headers: { a: '1' } }])
})

test('headers that it adds travel with the task and reach the handler', async () => {
  const received: unknown[] = []
  const runnable = work.handle((_, { headers }) => void received.push(headers))
  const trace = wrap((context, next) => {
    context.headers.trace = `trace of ${context.input}`
    return next()
  })
  const { clock, tasq, driver } = stage({ tasks: [runnable], middleware: [trace] })
  const headers = Object.freeze({ a: '1' })
  await tasq.enqueue(work, 5, { headers })
  expect(only(only(driver.enqueues).tasks).envelope.headers).toEqual({ a: '1', trace: 'trace of 5' })
  expect(headers).toEqual({ a: '1' })
  await tasq.worker().start()
  await clock.settle()
  expect(received).toEqual([{ a: '1', trace: 'trace of 5' }])
})

test('the first wrapper is outermost, and each hears the answer', async () => {
  const order: string[] = []
  const note = (name: string) =>
    wrap(async (_, next) => {
      order.push(`${name} in`)
      const answer = await next()
      order.push(`${name} out: ${answer.status}`)
      return answer
    })
  const { tasq } = stage({ middleware: [note('a'), {}, note('b')] })
  await tasq.enqueue(work, 5)
  expect(order).toEqual(['a in', 'b in', 'b out: created', 'a out: created'])
})

describe('a refusal', () => {
  const refuse = wrap(async ({ input }, next) => {
    if (input === 13) throw new Error('not on my watch')
    return await next()
  })

  test('reaches the caller, and nothing is stored', async () => {
    const { tasq, driver, log } = stage({ middleware: [refuse] })
    await expect(tasq.enqueue(work, 13)).rejects.toThrow('not on my watch')
    expect([driver.enqueues, log.count('task:enqueued')]).toEqual([[], 0])
  })

  test('of one call leaves those that would have travelled with it alone', async () => {
    const { tasq, driver } = stage({ middleware: [refuse] })
    const outcomes = await Promise.allSettled([1, 13, 2].map((input) => tasq.enqueue(work, input)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(only(driver.enqueues).tasks).toHaveLength(2)
  })
})

test('next() twice stores once, and is an error', async () => {
  const twice = wrap(async (_, next) => {
    await next()
    return await next()
  })
  const { tasq, store } = stage({ middleware: [twice] })
  await expect(tasq.enqueue(work, 5)).rejects.toThrow('next() was called twice')
  expect(store.live.size).toBe(1)
})

test('wraps each task of an enqueueMany, which still travel together', async () => {
  const seen: unknown[] = []
  const note = wrap((context, next) => {
    seen.push(context.input)
    return next()
  })
  const { tasq, driver } = stage({ middleware: [note] })
  const handles = await tasq.enqueueMany(work, [1, 2, 3])
  expect(seen).toEqual([1, 2, 3])
  expect(only(driver.enqueues).tasks.map(({ envelope }) => envelope.id)).toEqual(handles.map(({ id }) => id))
})
