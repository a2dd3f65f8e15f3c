import { describe, expect, test } from 'vitest'
import {
  type AttemptMoments,
  attemptMoments,
  defineTask,
  InvalidOptionError,
  type Middleware,
  PermanentError,
} from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

/** Notes its moments under a name; each takes a while. */
function moments(order: string[], name: string, over: AttemptMoments = {}): Middleware {
  const note = async (what: string) => {
    await new Promise<void>((resolve) => setImmediate(resolve))
    order.push(`${name} ${what}`)
  }
  return attemptMoments({
    before: ({ attempt }, input) => note(`before ${input}, attempt ${attempt}`),
    after: (_, input, returned) => note(`after ${input}: ${returned}`),
    onError: (_, input, error) => note(`error ${input}: ${error instanceof Error ? error.message : error}`),
    ...over,
  })
}

/** The same, written as a function. */
function wrapper(order: string[], name: string): Middleware {
  return {
    attempt: async ({ attempt }, input, next) => {
      order.push(`${name} before ${input}, attempt ${attempt}`)
      try {
        const returned = await next()
        order.push(`${name} after ${input}: ${returned}`)
        return returned
      } catch (error) {
        order.push(`${name} error ${input}: ${error instanceof Error ? error.message : error}`)
        throw error
      }
    },
  }
}

async function ran(middleware: readonly Middleware[], run: (input: number) => unknown) {
  const job = defineTask({ name: 'job', retry: { maxAttempts: 1 }, run: (input: number) => run(input) })
  const { clock, tasq, log } = stage({ tasks: [job], middleware })
  await tasq.worker().start()
  await tasq.enqueue(job, 5)
  await eventually(clock, () => log.count('task:completed') + log.count('task:dead') === 1)
  return { failure: log.of('task:dead')[0]?.failure?.message, reason: log.of('task:dead')[0]?.reason }
}

const fails = () => {
  throw new Error('broken')
}

describe('before, after and onError [U26]', () => {
  test('are chained, and waited for', async () => {
    const order: string[] = []
    const { failure } = await ran([moments(order, 'a'), moments(order, 'b')], (n) => {
      order.push('run')
      return n * 2
    })
    expect(failure).toBeUndefined()
    expect(order).toEqual([
      'a before 5, attempt 1',
      'b before 5, attempt 1',
      'run',
      'b after 5: 10',
      'a after 5: 10',
    ])
  })

  test.each([
    ['returns', (n: number) => n],
    ['throws', fails],
  ])('come in the order in which functions do, where the handler %s', async (_, run) => {
    const [ofMoments, ofFunctions, ofBoth]: string[][] = [[], [], []]
    await ran([moments(ofMoments ?? [], 'a'), moments(ofMoments ?? [], 'b')], run)
    await ran([wrapper(ofFunctions ?? [], 'a'), wrapper(ofFunctions ?? [], 'b')], run)
    await ran([moments(ofBoth ?? [], 'a'), wrapper(ofBoth ?? [], 'b')], run)
    expect(ofMoments).toEqual(ofFunctions)
    expect(ofBoth).toEqual(ofFunctions)
    expect(ofFunctions).toHaveLength(4)
  })
})

describe('what they throw', () => {
  test('before the handler keeps it from running, and those further out hear of it', async () => {
    const order: string[] = []
    const refusing = moments(order, 'b', { before: () => Promise.reject(new PermanentError('not today')) })
    const end = await ran([moments(order, 'a'), refusing, moments(order, 'c')], () => order.push('run'))
    expect(order).toEqual(['a before 5, attempt 1', 'a error 5: not today'])
    expect(end).toEqual({ failure: 'not today', reason: 'permanent' })
  })

  test('after it fails the attempt', async () => {
    const order: string[] = []
    const end = await ran([moments(order, 'a'), moments(order, 'b', { after: fails })], (n) => n)
    expect(order).toEqual(['a before 5, attempt 1', 'b before 5, attempt 1', 'a error 5: broken'])
    expect(end.failure).toBe('broken')
  })

  test('in onError takes the place of the error', async () => {
    const onError = (_context: unknown, _input: unknown, error: unknown) => {
      throw new Error('worse', { cause: error })
    }
    expect((await ran([attemptMoments({ onError })], fails)).failure).toBe('worse (broken)')
  })
})

test('none of them need be there', async () => {
  expect((await ran([attemptMoments({})], (n) => n)).failure).toBeUndefined()
  expect((await ran([attemptMoments({})], fails)).failure).toBe('broken')
})

test.each(['before', 'after', 'onError'])('%s must be a function', (name) => {
  expect(() => attemptMoments({ [name]: 'text' })).toThrow(InvalidOptionError)
})
