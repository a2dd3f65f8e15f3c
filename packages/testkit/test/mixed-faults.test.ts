import { createTasq, defineTask } from '@tasq/core'
import { type Driver, StoreError, sleep } from '@tasq/core/driver'
import { MemoryStore, memory, VirtualClock } from '@tasq/core/memory'
import { expect, onTestFinished, test } from 'vitest'
import { complete, newTask, reserveCall } from '../src/conformance.ts'
import { faulty } from '../src/index.ts'
import { memoryBroker } from './memory-broker.ts'

const retry = { maxAttempts: 3, strategy: 'fixed', delay: '100ms', jitter: 0 } as const

/** An app on a broker that refuses, for good, what it is told to, or brings the next task late, and on a store. */
function stage(run: (n: number, context: { readonly attempt: number }) => unknown) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const inner = memoryBroker({ messages: new MemoryStore(clock), redeliveries: new Map() })
  const refuses = new Set<string>()
  const refusal = new StoreError('TASQ_STORE_FAILED', 'A task was refused.', {
    nextStep: 'Mend it.',
    outcome: 'refused',
  })
  const next = { lateMs: 0 }
  const refusing: Driver = {
    ...inner,
    reserve: async (call) => {
      const delivered = await inner.reserve(call)
      const { lateMs } = next
      if (delivered.length > 0) next.lateMs = 0
      if (delivered.length > 0 && lateMs > 0) await sleep(clock, lateMs)
      return delivered
    },
    enqueue: (call) => {
      if (call.tasks.some(({ envelope }) => refuses.has(envelope.task))) return Promise.reject(refusal)
      return inner.enqueue(call)
    },
  }
  const broker = faulty(refusing, { clock })
  const good = defineTask({ name: 'good', retry, visibilityTimeout: '1500ms', keepResult: '1h', run })
  const bad = defineTask({ name: 'bad', run: () => {} })
  const tasq = createTasq({
    driver: broker,
    store: memory({ store }),
    clock,
    random: () => 0,
    tasks: [good, bad],
  })
  const completed: string[] = []
  tasq.events.on('task:completed', ({ id }) => void completed.push(id))
  onTestFinished(async () => {
    const closing = tasq.close()
    for (let round = 0; round < 50; round++) await clock.advance(1_000)
    await closing
  })
  const until = async (condition: () => boolean) => {
    for (let round = 0; round < 3_000 && !condition(); round++) await clock.advance(10)
    expect(condition()).toBe(true)
  }
  return { clock, store, broker, refuses, next, tasq, good, bad, completed, until }
}

test('of a batch the broker refuses as a whole, only what is bad is refused, and the rest runs', async () => {
  const { tasq, good, bad, refuses, completed, until, store } = stage(() => {})
  refuses.add('bad')
  const all = Promise.allSettled([tasq.enqueue(good, 1), tasq.enqueue(bad), tasq.enqueue(good, 2)])
  let answers: PromiseSettledResult<{ readonly status: string }>[] = []
  void all.then((settled) => {
    answers = settled
  })
  await until(() => answers.length === 3)
  expect(answers).toMatchObject([
    { status: 'fulfilled', value: { status: 'created' } },
    { status: 'rejected', reason: { code: 'TASQ_STORE_FAILED' } },
    { status: 'fulfilled', value: { status: 'created' } },
  ])
  expect(store.live.size).toBe(2)
  await tasq.worker().start()
  await until(() => completed.length === 2)
})

test('what the broker refuses of the outbox stays there, is told, and is published once it is taken', async () => {
  const { tasq, good, refuses, completed, until } = stage(() => {})
  const errors: unknown[] = []
  tasq.events.on('worker:error', ({ loop }) => void errors.push(loop))
  refuses.add('good')
  const { id } = await tasq.enqueue(good, 1, { unique: { key: 'k' } })
  await tasq.worker().start()
  await until(() => errors.includes('relay'))
  refuses.clear()
  await until(() => completed.length === 1)
  expect(completed).toEqual([id])
})

test('a broker that is out of reach does not end a handler: the store says who holds the task', async () => {
  const gate = Promise.withResolvers<void>()
  let runs = 0
  const { tasq, good, broker, clock, completed, until } = stage(async () => {
    runs++
    await gate.promise
  })
  const { id } = await tasq.enqueue(good, 1)
  await tasq.worker().start()
  await until(() => runs === 1)
  broker.faults.disconnect()
  for (let round = 0; round < 50; round++) await clock.advance(100)
  gate.resolve()
  await until(() => completed.length === 1)
  broker.faults.reconnect()
  for (let round = 0; round < 50; round++) await clock.advance(100)
  expect([completed, runs]).toEqual([[id], 1])
})

test('a task that its store has lost meanwhile is tried again all the same', async () => {
  const attempts: number[] = []
  const { tasq, good, store, completed, until } = stage((n) => {
    attempts.push(n)
    if (attempts.length > 1) return
    for (const { envelope } of store.live.values()) store.live.delete(envelope.id)
    store.active.delete([...store.active][0] as never)
    throw new Error('no luck')
  })
  await tasq.enqueue(good, 7)
  await tasq.worker().start()
  await until(() => completed.length === 1)
  expect(attempts).toEqual([7, 7])
})

test('what was to follow a task that its store has lost meanwhile comes with its next run', async () => {
  const { tasq, good, store, clock } = stage(() => {})
  const { driver } = tasq
  await tasq.enqueue(good, 1)
  const [held] = await driver.reserve(reserveCall({ queue: 'default' }))
  store.active.delete([...store.active][0] as never)
  store.live.clear()
  const followUps = [newTask({ queue: 'after' })]
  expect(await driver.settle([complete(held as never, { followUps })])).toEqual(['gone'])
  expect(await driver.reserve(reserveCall({ queue: 'after' }))).toEqual([])
  await clock.advance(1_000)
  const [again] = await driver.reserve(reserveCall({ queue: 'default' }))
  expect(await driver.settle([complete(again as never, { followUps })])).toEqual(['settled'])
  const [followed] = await driver.reserve(reserveCall({ queue: 'after' }))
  expect(followed?.lease.id).toBe(followUps[0]?.envelope.id)
})

test('what the broker brings after its call was given up runs all the same, at its first attempt', async () => {
  const attempts: number[] = []
  const { tasq, good, next, completed, until } = stage((_, { attempt }) => void attempts.push(attempt))
  next.lateMs = 15_000
  await tasq.enqueue(good, 1, { visibilityTimeout: '5m' })
  await tasq.worker({ pollInterval: '1s' }).start()
  await until(() => next.lateMs === 0)
  await until(() => completed.length === 1)
  expect(attempts).toEqual([1])
})
