import { defineTask, discard, EncodeError, jsonCodec, snooze, typed } from '@tasq/core'
import { expect, expectTypeOf, test } from 'vitest'
import { NoResultError, runInline } from '../src/index.ts'
import { schema, sendMail, toCents } from './definitions.ts'

test('runs the handler and gives its result', async () => {
  const result = await runInline(sendMail, { to: 'a' })
  expectTypeOf(result).toEqualTypeOf<{ sentTo: string }>()
  expect(result).toEqual({ sentTo: 'a' })
})

test('the handler receives what the schema makes of the input, and the result what its own makes', async () => {
  const pay = defineTask({
    name: 'pay',
    input: toCents,
    output: schema<{ paid: number }, string>((value) => `${JSON.stringify(value)}`),
    run: async ({ cents }) => ({ paid: cents }),
  })
  const result = await runInline(pay, { amount: '12.34' })
  expectTypeOf(result).toEqualTypeOf<string>()
  expect(result).toBe('{"paid":1234}')
})

test('input and result are checked', async () => {
  const pay = defineTask({ name: 'pay', input: toCents, run: async ({ cents }) => cents })
  await expect(runInline(pay, { amount: 'much' })).rejects.toMatchObject({
    code: 'TASQ_INVALID_INPUT',
    issues: [{ message: 'no amount', path: ['amount'] }],
  })
  const wrong = defineTask({ name: 'wrong', output: toCents, run: async () => ({ amount: 'much' }) })
  await expect(runInline(wrong, undefined)).rejects.toThrow("The result of task 'wrong' is not valid")
})

test('both travel through the codec', async () => {
  const echo = defineTask({ name: 'echo', run: async (at: Date) => ({ isDate: at instanceof Date, at }) })
  const at = new Date(0)
  expect(await runInline(echo, at)).toEqual({ isDate: true, at })
  expect(await runInline(echo, at, { codec: jsonCodec })).toEqual({ isDate: false, at: at.toISOString() })
  const broken = defineTask({ name: 'broken', run: async () => 1n })
  await expect(runInline(broken, undefined, { codec: jsonCodec })).rejects.toMatchObject({
    code: 'TASQ_UNENCODABLE',
  })
})

test('throws what the handler throws', async () => {
  const error = new RangeError('no such path')
  const failing = defineTask({
    name: 'failing',
    run: (): void => {
      throw error
    },
  })
  await expect(runInline(failing, undefined)).rejects.toBe(error)
})

test('the context is that of a first attempt, unless the test says otherwise', async () => {
  const controller = new AbortController()
  const seen = defineTask({
    name: 'seen',
    queue: 'q',
    priority: 'high',
    retry: { maxAttempts: 5 },
    run: async (_: undefined, { signal, enqueuedAt, progress, log, enqueue, id, ...rest }) => {
      progress(1)
      log('said')
      return {
        ...rest,
        rateLimit: typeof rest.rateLimit,
        isOurs: signal === controller.signal,
        hasTime: enqueuedAt instanceof Date,
        hasId: id !== '',
        hasFollowUp: (await enqueue('next', 5)).task === 'next',
      }
    },
  })
  expect(await runInline(seen, undefined)).toEqual({
    task: 'seen',
    queue: 'q',
    attempt: 1,
    maxAttempts: 5,
    isLastAttempt: false,
    priority: 50,
    headers: {},
    rateLimit: 'function',
    workerId: 'inline',
    isOurs: false,
    hasTime: true,
    hasId: true,
    hasFollowUp: true,
  })
  const overrides = { attempt: 5, signal: controller.signal, headers: { a: 'b' } }
  expect(await runInline(seen, undefined, overrides)).toMatchObject({
    attempt: 5,
    isLastAttempt: true,
    isOurs: true,
    headers: { a: 'b' },
  })
})

test('a task that is put off or given up has no result', async () => {
  const later = defineTask({ name: 'later', run: async () => snooze('5m') })
  await expect(runInline(later, undefined)).rejects.toMatchObject({ outcome: 'snoozed', delayMs: 300_000 })
  const never = defineTask({ name: 'never', run: async () => discard('no longer wanted') })
  await expect(runInline(never, undefined)).rejects.toBeInstanceOf(NoResultError)
  await expect(runInline(never, undefined)).rejects.toMatchObject({
    outcome: 'discarded',
    reason: 'no longer wanted',
  })
})

test('a definition without a handler is refused', async () => {
  const inert = defineTask({ name: 'inert' })
  await expect(runInline(inert, undefined)).rejects.toMatchObject({ code: 'TASQ_INVALID_OPTION' })
})

test('what the handler enqueues is checked, and goes nowhere', async () => {
  const next = defineTask({ name: 'next', queue: 'later', input: typed<unknown>() })
  const parent = defineTask({
    name: 'parent',
    run: async (input: unknown, { enqueue }) => await enqueue(next, input),
  })
  expect(await runInline(parent, 'plain')).toMatchObject({ queue: 'later', task: 'next' })
  const broken = parent.handle(async (_, { enqueue }) => await enqueue(next, () => {}))
  await expect(runInline(broken, 'plain')).rejects.toThrow(EncodeError)
})
