import { expect, test } from 'vitest'
import { defineTask, InvalidOptionError, type TaskHooks, typed } from '../../src/index.ts'
import { only } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

const retry = { maxAttempts: 2, delay: '1s', strategy: 'fixed', jitter: 0 } as const

/** Hooks that note their calls. */
function noting() {
  const calls: unknown[][] = []
  const note = (name: string) => (what: unknown, context: object) => void calls.push([name, what, context])
  const hooks: TaskHooks = {
    onSuccess: note('onSuccess'),
    onFailure: note('onFailure'),
    onRetry: note('onRetry'),
    onDead: note('onDead'),
  }
  return { calls, hooks }
}

test('a success is told with what the handler gave back and was given', async () => {
  const { calls, hooks } = noting()
  const double = defineTask({ name: 'double', input: typed<number>(), run: (n) => n * 2, ...hooks })
  const { clock, tasq } = stage({ tasks: [double] })
  const worker = tasq.worker()
  await worker.start()
  const { id } = await tasq.enqueue(double, 4)
  await eventually(clock, () => calls.length === 1)
  const context = {
    id,
    queue: 'default',
    task: 'double',
    attempt: 1,
    maxAttempts: 3,
    workerId: worker.id,
    input: 4,
  }
  expect(only(calls)).toEqual(['onSuccess', 8, context])
})

test('a failure is told, then whether there is another attempt or none', async () => {
  const { calls, hooks } = noting()
  const errors = [new Error('one'), new Error('two')]
  const failing = defineTask({
    name: 'failing',
    retry,
    run: (_, { attempt }) => {
      throw errors[attempt - 1]
    },
    ...hooks,
  })
  const { clock, tasq } = stage({ tasks: [failing] })
  await tasq.worker().start()
  await tasq.enqueue(failing)
  await eventually(clock, () => calls.length === 4)
  expect(calls).toMatchObject([
    ['onFailure', errors[0], { attempt: 1 }],
    ['onRetry', errors[0], { attempt: 1, delayMs: 1_000 }],
    ['onFailure', errors[1], { attempt: 2 }],
    ['onDead', errors[1], { attempt: 2, reason: 'exhausted' }],
  ])
})

test('a task that expired is dead without an error', async () => {
  const { calls, hooks } = noting()
  const late = defineTask({ name: 'late', expiresIn: '1s', run: () => {}, ...hooks })
  const { clock, tasq } = stage({ tasks: [late] })
  await tasq.enqueue(late)
  await clock.advance(2_000)
  await tasq.worker().start()
  await eventually(clock, () => calls.length === 1)
  expect(only(calls)).toMatchObject(['onDead', undefined, { reason: 'expired', input: undefined }])
})

test('a task that was lost with its worker is told by the one that finds it', async () => {
  const { calls, hooks } = noting()
  const hanging = defineTask({ name: 'hanging', retry, visibilityTimeout: '1s', run: () => {}, ...hooks })
  const { clock, tasq, driver } = stage({ tasks: [hanging] })
  await tasq.enqueue(hanging)
  await driver.reserve({
    callId: 'dies',
    repeat: false,
    queues: [{ name: 'default', max: 1 }],
    max: 1,
    waitMs: 0,
  })
  await tasq.worker().start()
  await eventually(clock, () => calls.some(([name]) => name === 'onSuccess'), { within: 60_000, step: 100 })
  expect(calls.map(([name]) => name)).toEqual(['onFailure', 'onRetry', 'onSuccess'])
  expect(calls[0]?.[1]).toMatchObject({ code: 'TASQ_LEASE_LOST' })
  expect(calls[0]?.[2]).toMatchObject({ attempt: 1, maxAttempts: 2, input: undefined })
})

test('a hook that throws changes nothing, is told, and stops no other', async () => {
  const told: string[] = []
  const problem = new Error('the hook')
  const failing = defineTask({
    name: 'failing',
    retry: { ...retry, maxAttempts: 1 },
    run: () => {
      throw new Error('the handler')
    },
    onFailure: async () => {
      throw problem
    },
    onDead: () => void told.push('onDead'),
  })
  const { clock, tasq, log, store } = stage({ tasks: [failing] })
  await tasq.worker().start()
  await tasq.enqueue(failing)
  await eventually(clock, () => told.length === 1)
  expect(store.dead.size).toBe(1)
  expect(only(log.of('hook:error'))).toMatchObject({ task: 'failing', hook: 'onFailure', error: problem })
})

test('a worker that stops waits for hooks', async () => {
  const gate = Promise.withResolvers<void>()
  let isDone = false
  const task = defineTask({
    name: 'hooked',
    run: () => {},
    onSuccess: async () => {
      await gate.promise
      isDone = true
    },
  })
  const { clock, tasq, log } = stage({ tasks: [task] })
  const worker = tasq.worker()
  await worker.start()
  await tasq.enqueue(task)
  await eventually(clock, () => log.count('task:completed') === 1)
  const stopped = worker.stop()
  await clock.advance(1_000)
  gate.resolve()
  await stopped
  expect(isDone).toBe(true)
})

test('a definition keeps its hooks with another handler', async () => {
  const { calls, hooks } = noting()
  const declared = defineTask({ name: 'apart', input: typed<void>(), ...hooks })
  const { clock, tasq } = stage({ tasks: [declared.handle(() => 'done')] })
  await tasq.worker().start()
  await tasq.enqueue('apart')
  await eventually(clock, () => calls.length === 1)
  expect(only(calls).slice(0, 2)).toEqual(['onSuccess', 'done'])
})

test('what is no function is refused', () => {
  expect(() => defineTask({ name: 'x', onDead: 'mail' as never })).toThrow(InvalidOptionError)
})
