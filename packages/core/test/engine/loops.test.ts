import { describe, expect, test } from 'vitest'
import { createTasq, defineTask } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { fails, hangs, type Operation } from '../support/faulty-driver.ts'
import { EventLog, eventually, settled, stage } from '../support/stage.ts'

const quick = defineTask({ name: 'quick', run: () => undefined })
const never = new Promise<never>(() => undefined)
const endless = defineTask({ name: 'endless', run: () => never })

const loops: readonly (readonly [string, Operation])[] = [
  ['fetch', 'reserve'],
  ['recovery', 'recover'],
  ['retention', 'trim'],
  ['upkeep', 'cancelRequests'],
  ['renewal', 'extend'],
]

describe.each(loops)('the %s loop', (loop, operation) => {
  async function withWork() {
    const on = stage({ tasks: [quick, endless] })
    await on.tasq.worker({ workerId: 'worker-1', abortGrace: 0, shutdownTimeout: 0 }).start()
    await on.tasq.enqueue(endless, undefined, { visibilityTimeout: '60s' })
    await eventually(on.clock, () => on.log.count('task:started') === 1)
    return on
  }

  test('tells its errors, and survives them', async () => {
    const { clock, log, driver } = await withWork()
    const error = new Error('broken')
    driver.always(fails(error), operation)
    await clock.advance(50_000)
    const errors = log.of('worker:error').filter((event) => event.loop === loop)
    expect(errors.length).toBeGreaterThan(0)
    expect(errors[0]).toEqual({ workerId: 'worker-1', loop, error })
    expect(log.of('worker:error')).toHaveLength(errors.length)

    driver.heal()
    const before = driver.count(operation)
    await eventually(clock, () => driver.count(operation) > before + 1, { within: 90_000, step: 200 })
  })

  test('does not ask more often because of them', async () => {
    const { clock, driver } = await withWork()
    driver.always(fails(), operation)
    await clock.advance(60_000)
    expect(driver.count(operation)).toBeLessThan(80)
  })

  test('goes on though a call is never answered', async () => {
    const { clock, driver } = await withWork()
    await clock.advance(20_000)
    driver.next(operation, hangs)
    const before = driver.count(operation)
    await eventually(clock, () => driver.count(operation) > before + 2, { within: 180_000, step: 200 })
  })
})

test('loops do without what a driver does not have', async () => {
  const clock = new VirtualClock()
  const bare = bareDriver(memory({ clock }))
  const tasq = createTasq({ driver: bare, clock, tasks: [quick, endless] })
  const log = new EventLog(tasq)
  await tasq.worker({ abortGrace: 0, shutdownTimeout: 0 }).start()
  await tasq.enqueue(endless)
  await tasq.enqueue(quick)
  await clock.advance(60_000)
  expect([log.count('task:completed'), log.count('worker:error')]).toEqual([1, 0])
  await settled(clock, tasq.close())
})

test('once it has started, a worker is listed, lists nobody who is silent, finds what others left, and works [C17]', async () => {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const silent = stage({ clock, store, tasks: [endless] })
  await silent.tasq.worker({ workerId: 'silent', abortGrace: 0, shutdownTimeout: 0 }).start()
  await silent.tasq.enqueue(endless)
  await eventually(clock, () => silent.log.count('task:started') === 1)
  silent.driver.always(hangs, 'writeRecords', 'extend', 'recover', 'reserve', 'settle')

  const { tasq, log } = stage({ clock, store, tasks: [quick] })
  await tasq.worker({ workerId: 'lively', queues: ['default', 'own'] }).start()
  await tasq.enqueue(quick, undefined, { queue: 'own' })
  await clock.advance(20_000)
  const listed = async () => (await tasq.workers.list()).map(({ workerId }) => workerId)
  expect([await listed(), log.count('task:completed')]).toEqual([['lively', 'silent'], 1])
  await clock.advance(20_000)
  expect([await listed(), log.count('task:recovered')]).toEqual([['lively'], 1])
})

describe('retention', () => {
  test('removes outcomes that were kept long enough', async () => {
    const { clock, tasq, store } = stage({ tasks: [quick] })
    await tasq.worker().start()
    await tasq.enqueue(quick, undefined, { keepResult: '1m' })
    await clock.advance(59_000)
    expect(store.finished.size).toBe(1)
    await clock.advance(46_000)
    expect([store.finished.size, store.receipts.size]).toEqual([0, 1])
  })

  test('removes much in steps that follow each other at once', async () => {
    const { clock, tasq, store, driver } = stage({ tasks: [quick] })
    await tasq.enqueueMany(quick, Array.from({ length: 3_500 }), { keepResult: 1 })
    const worker = tasq.worker({ concurrency: 100 })
    await worker.start()
    await eventually(clock, () => store.live.size === 0, { step: 1 })
    const before = driver.count('trim')
    await eventually(clock, () => store.finished.size === 0, { within: 46_000 })
    expect(driver.count('trim') - before).toBe(4)
  })
})
