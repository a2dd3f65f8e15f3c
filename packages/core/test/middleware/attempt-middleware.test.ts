import { describe, expect, test } from 'vitest'
import {
  type AttemptMiddleware,
  defineTask,
  discard,
  type Middleware,
  PermanentError,
} from '../../src/index.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const wrap = (attempt: AttemptMiddleware): Middleware => ({ attempt })
const double = defineTask({
  name: 'double',
  keepResult: true,
  retry: { delay: 0 },
  run: (n: number) => n * 2,
})

test('it knows the attempt and the input, the first wrapper outermost [U15]', async () => {
  const order: string[] = []
  const note = (name: string) =>
    wrap(async ({ task, attempt }, input, next) => {
      order.push(`${name} in: ${task} ${attempt} ${input}`)
      const returned = await next()
      order.push(`${name} out: ${returned}`)
      return returned
    })
  const { clock, tasq } = stage({ tasks: [double], middleware: [note('a'), {}, note('b')] })
  await tasq.worker().start()
  expect(await settled(clock, (await tasq.enqueue(double, 4)).result())).toBe(8)
  expect(order).toEqual(['a in: double 1 4', 'b in: double 1 4', 'b out: 8', 'a out: 8'])
})

test('what it returns is the result', async () => {
  const shout = wrap(async (_, __, next) => `${await next()}!`)
  const { clock, tasq } = stage({ tasks: [double], middleware: [shout] })
  await tasq.worker().start()
  expect(await settled(clock, (await tasq.enqueue(double, 4)).result())).toBe('8!')
})

test('it may end the task in place of the handler', async () => {
  let ran = false
  const plain = defineTask({
    name: 'plain',
    run: () => {
      ran = true
    },
  })
  const moot = wrap(async () => discard('moot'))
  const { clock, tasq, log } = stage({ tasks: [plain], middleware: [moot] })
  await tasq.worker().start()
  await tasq.enqueue(plain)
  await eventually(clock, () => log.count('task:cancelled') === 1)
  expect(ran).toBe(false)
})

describe('what it throws', () => {
  test('fails the attempt, which is retried', async () => {
    const flaky = wrap(async ({ attempt }, _, next) => {
      if (attempt === 1) throw new Error('from the middleware')
      return await next()
    })
    const { clock, tasq, log } = stage({ tasks: [double], middleware: [flaky] })
    await tasq.worker().start()
    expect(await settled(clock, (await tasq.enqueue(double, 4)).result())).toBe(8)
    expect(log.of('task:failed')).toMatchObject([{ attempt: 1, failure: { message: 'from the middleware' } }])
  })

  test('before it is asynchronous fails the attempt as well', async () => {
    const broken: AttemptMiddleware = () => {
      throw new PermanentError('at once')
    }
    const { clock, tasq, log } = stage({ tasks: [double], middleware: [wrap(broken)] })
    await tasq.worker().start()
    await tasq.enqueue(double, 4)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(log.of('task:dead')).toMatchObject([{ reason: 'permanent', failure: { message: 'at once' } }])
  })
})

test('next() twice runs the handler once, and fails the attempt', async () => {
  let runs = 0
  const once = defineTask({ name: 'once', retry: { maxAttempts: 1 }, run: () => void runs++ })
  const twice = wrap(async (_, __, next) => {
    await next()
    return await next()
  })
  const { clock, tasq, log } = stage({ tasks: [once], middleware: [twice] })
  await tasq.worker().start()
  await tasq.enqueue(once)
  await eventually(clock, () => log.count('task:dead') === 1)
  expect(runs).toBe(1)
  expect(log.of('task:dead')[0]?.failure?.message).toContain('next() was called twice')
})
