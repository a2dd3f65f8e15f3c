import { expect, test } from 'vitest'
import { createTasq, defineSchedule, defineTask } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'

/** What a program without types may write. */
const untyped = <Value>(value: unknown): Value => value as Value

const job = defineTask({ name: 'job', run: () => undefined })
const tasq = createTasq({ driver: memory(), tasks: [job] })

const calls: Readonly<Record<string, (options: Readonly<Record<string, unknown>>) => unknown>> = {
  defineTask: (options) => defineTask({ name: 'other', run: () => undefined, ...options }),
  createTasq: (options) => createTasq({ driver: memory(), ...options }),
  enqueue: (options) => tasq.enqueue(job, undefined, untyped(options)),
  worker: (options) => tasq.worker(untyped(options)),
  defineSchedule: (options) => defineSchedule(untyped({ id: 'a', task: job, ...options })),
}

test.each<[call: string, options: Readonly<Record<string, unknown>>, option: string, instead: string]>([
  ['defineTask', { attempts: 5 }, 'attempts', 'retry: { maxAttempts }'],
  ['defineTask', { retry: { backoff: 'fixed' } }, 'retry.backoff', 'strategy'],
  ['defineTask', { handler: () => undefined }, 'handler', 'run'],
  ['defineTask', { timeOut: '1s' }, 'timeOut', 'one of these options: name, input'],
  ['createTasq', { connection: { host: 'cache' } }, 'connection', 'driver'],
  ['createTasq', { defaults: { attempts: 5 } }, 'attempts', 'retry: { maxAttempts }'],
  ['enqueue', { jobId: 'a' }, 'jobId', 'unique: { key }'],
  ['enqueue', { removeOnComplete: true }, 'removeOnComplete', 'keepResult'],
  ['enqueue', { retry: { attempts: 5 } }, 'retry.attempts', 'maxAttempts'],
  ['enqueue', { constructor: 'a' }, 'constructor', 'one of these options: queue'],
  ['worker', { limiter: { max: 1, duration: 1 } }, 'limiter', 'rateLimit'],
  ['worker', { queue: 'mail' }, 'queue', 'queues'],
  ['defineSchedule', { pattern: '* * * * *' }, 'pattern', 'cron'],
  ['defineSchedule', { cron: '* * * * *', tz: 'Europe/Berlin' }, 'tz', 'timezone'],
])('%s refuses %j, and says what it is called here', async (call, options, option, instead) => {
  const made = async () => await calls[call]?.(options)
  await expect(made()).rejects.toMatchObject({
    code: 'TASQ_INVALID_OPTION',
    option,
    nextStep: expect.stringContaining(instead),
  })
})

test('an option of no value is as one that is not there', async () => {
  expect(await calls['enqueue']?.({ jobId: undefined })).toMatchObject({ status: 'created' })
})
