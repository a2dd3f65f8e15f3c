import { describe, expect, test } from 'vitest'
import { defineTask, discard, PermanentError, StoreError, snooze } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import {
  doneButHangs,
  type Fault,
  type FaultyDriver,
  fails,
  hangs,
  losesAnswer,
  refusal,
  unavailable,
} from '../support/faulty-driver.ts'
import { only, present } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** A handler that ends in the way that its input names. */
const ends = defineTask({
  name: 'ends',
  keepResult: true,
  retry: { delay: '1h', jitter: 0 },
  run: (how: string) => {
    if (how === 'fails') throw new Error('x')
    if (how === 'dies') throw new PermanentError('x')
    if (how === 'snoozes') return snooze('1h')
    if (how === 'discards') return discard('x')
    return how
  },
})

const kinds = [
  ['completes', 'task:completed'],
  ['fails', 'task:retrying'],
  ['snoozes', 'task:released'],
  ['dies', 'task:dead'],
  ['discards', 'task:cancelled'],
] as const

describe.each(kinds)('a task that %s', (how, event) => {
  test('whose settlement is written but not answered is settled once, after a repeat', async () => {
    const { clock, tasq, log, driver, store } = stage({ tasks: [ends] })
    driver.next('settle', losesAnswer(), losesAnswer())
    const { id } = await tasq.enqueue(ends, how)
    await tasq.worker().start()
    await eventually(clock, () => log.count(event) === 1)
    expect(driver.settles.map((call) => call[0]?.kind)).toEqual(Array(3).fill(driver.settles[0]?.[0]?.kind))
    await clock.advance(40_000)
    expect([log.count(event), log.count('task:lost'), log.count('task:unconfirmed')]).toEqual([1, 0, 0])
    expect([store.live.has(id), store.dead.has(id), store.finished.has(id)].filter(Boolean)).toHaveLength(1)
    expect(log.count('task:started')).toBe(1)
  })

  test('whose settlement is never answered is asked about again after ten seconds', async () => {
    const { clock, tasq, log, driver } = stage({ tasks: [ends] })
    driver.next('settle', doneButHangs)
    await tasq.enqueue(ends, how)
    await tasq.worker().start()
    const took = await eventually(clock, () => log.count(event) === 1)
    expect(took).toBeGreaterThanOrEqual(10_000)
    expect(took).toBeLessThan(10_500)
    expect(log.count('task:lost')).toBe(0)
  })
})

test('settlements that come during a write travel together in the next', async () => {
  const clock = new VirtualClock()
  const { tasq, driver, log } = stage({ clock, tasks: [ends] })
  const gate = Promise.withResolvers<void>()
  driver.next('settle', async (work) => {
    await gate.promise
    return await work()
  })
  await tasq.worker({ concurrency: 20, prefetch: 0 }).start()
  await tasq.enqueue(ends, 'first')
  await clock.settle()
  await Promise.all(Array.from({ length: 15 }, () => tasq.enqueue(ends, 'later')))
  await clock.settle()
  gate.resolve()
  await eventually(clock, () => log.count('task:completed') === 16)
  expect(driver.settles.map((call) => call.length)).toEqual([1, 15])
})

describe('a settlement that the backend refuses', () => {
  const refuseResultOf = (driver: FaultyDriver, bad: string): Fault => {
    return async (work) => {
      const settlements = present(driver.settles.at(-1))
      if (settlements.some(({ kind, lease }) => kind === 'complete' && lease.id === bad)) {
        throw refusal('cannot be stored')
      }
      return await work()
    }
  }

  test('as a whole is split, and the bad one becomes a dead letter that says why', async () => {
    const { clock, tasq, driver, log, store } = stage({ tasks: [ends] })
    const handles = await tasq.enqueueMany(ends, ['a', 'b', 'bad', 'd', 'e'])
    const bad = present(handles[2]).id
    driver.always(refuseResultOf(driver, bad), 'settle')
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(log.count('task:completed')).toBe(4)
    expect(present(store.dead.get(bad)).letter).toMatchObject({
      reason: 'permanent',
      attempts: 1,
      failure: { message: 'cannot be stored Give up.', code: 'TASQ_STORE_FAILED' },
    })
  })

  test('in its answer for one is a dead letter as well, and the others are settled', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    const [bad] = await tasq.enqueueMany(ends, ['bad', 'b', 'c'])
    driver.settleAnswer = ({ kind, lease }) =>
      kind === 'complete' && lease.id === bad?.id ? { rejected: refusal() } : 'settled'
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:dead') === 1)
    expect([log.count('task:completed'), only(log.of('task:dead')).id]).toEqual([2, bad?.id])
  })

  test('for now is tried again until it is taken', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    let refusals = 0
    driver.settleAnswer = () => (++refusals <= 3 ? { rejected: unavailable() } : 'settled')
    await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect([refusals, log.count('task:dead'), log.count('task:unconfirmed')]).toEqual([4, 0, 0])
  })

  test.each(['TASQ_STORE_FULL', 'TASQ_STORE_READ_ONLY'] as const)(
    'because of %s is tried again while the lease lasts: somebody may mend that',
    async (code) => {
      const { clock, tasq, driver, log } = stage({ tasks: [ends] })
      driver.always(fails(new StoreError(code, 'Not writable.', { nextStep: 'Mend it.' })), 'settle')
      await tasq.enqueue(ends, 'a')
      await tasq.worker().start()
      await clock.advance(15_000)
      driver.heal()
      await eventually(clock, () => log.count('task:completed') === 1)
      expect([log.count('task:started'), log.count('task:dead')]).toEqual([1, 0])
    },
  )

  test('for now is tried again less and less often, and each try is told', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    driver.settleAnswer = () => ({ rejected: unavailable() })
    await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await clock.advance(120_000)
    expect(driver.settles.length).toBeGreaterThan(10)
    expect(driver.settles.length).toBeLessThan(40)
    expect(log.of('client:retry').slice(0, 2)).toMatchObject([
      { attempt: 1, tasks: 1 },
      { attempt: 2, tasks: 1 },
    ])
    driver.settleAnswer = undefined
    await eventually(clock, () => log.count('task:completed') === 1)
  })

  test('for now is waited for when the worker stops', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    let refusals = 0
    driver.settleAnswer = () => (++refusals <= 2 ? { rejected: unavailable() } : 'settled')
    await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await eventually(clock, () => refusals === 1, { step: 1 })
    await settled(clock, tasq.close())
    expect([log.count('task:completed'), log.count('task:unconfirmed')]).toEqual([1, 0])
  })

  test('even as a dead letter is told as unconfirmed, and recovery meets the task', async () => {
    const { clock, tasq, driver, log, store } = stage({ tasks: [ends] })
    driver.settleAnswer = () => ({ rejected: refusal() })
    const { id } = await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:unconfirmed') === 1)
    const workerId = expect.any(String)
    expect(log.of('task:unconfirmed')).toEqual([
      { id, queue: 'default', task: 'ends', attempt: 1, workerId, error: refusal() },
    ])
    expect(store.live.get(id)?.state).toBe('active')
    driver.settleAnswer = undefined
    await eventually(clock, () => log.count('task:recovered') === 1)
    expect(store.live.get(id)).toMatchObject({ state: 'scheduled', attempts: 1 })
  })
})

describe('a settlement that cannot be delivered', () => {
  test('until the lease is over is told as unconfirmed; the task is recovered and runs again', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const quick = defineTask({
      name: 'quick',
      keepResult: true,
      retry: { delay: '1s', jitter: 0 },
      run: () => 'done',
    })
    const cut = stage({ clock, store, tasks: [quick] })
    const { id } = await cut.tasq.enqueue(quick)
    cut.driver.always(hangs, 'settle', 'extend')
    await cut.tasq.worker().start()
    await eventually(clock, () => cut.log.count('task:unconfirmed') === 1)
    expect(clock.monotonic()).toBeGreaterThanOrEqual(30_000)
    expect(clock.monotonic()).toBeLessThan(42_000)
    cut.driver.always(hangs, 'reserve', 'recover')

    const healthy = stage({ clock, store, tasks: [quick] })
    await healthy.tasq.worker().start()
    await eventually(clock, () => healthy.log.count('task:completed') === 1)
    expect(present(store.finished.get(id))).toMatchObject({ state: 'completed', attempts: 2 })
    expect(cut.log.count('task:completed')).toBe(0)
  })

  test('for minutes is delivered in the end where the lease can be renewed', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    driver.always(fails(), 'settle')
    await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await clock.advance(300_000)
    expect([log.count('task:unconfirmed'), log.count('task:recovered')]).toEqual([0, 0])
    driver.heal()
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(log.count('task:started')).toBe(1)
  })

  test('though it was, and whose lease is over when that shows, is told as unconfirmed', async () => {
    const { clock, tasq, driver, log } = stage({ tasks: [ends] })
    driver.next('settle', losesAnswer(), hangs, hangs, hangs)
    driver.always(fails(), 'extend')
    await tasq.enqueue(ends, 'a')
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:unconfirmed') === 1)
    expect([log.count('task:completed'), log.count('task:lost')]).toEqual([0, 0])
  })
})

describe('a settlement that comes too late', () => {
  test('because the task was removed while it ran is told as lost', async () => {
    const clock = new VirtualClock()
    const gate = Promise.withResolvers<void>()
    const slow = defineTask({ name: 'slow', run: () => gate.promise })
    const { tasq, log, store } = stage({ clock, tasks: [slow] })
    const { id } = await tasq.enqueue(slow)
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:started') === 1)
    store.remove(present(store.live.get(id)))
    gate.resolve()
    await eventually(clock, () => log.count('task:lost') === 1)
    expect(only(log.of('task:lost')).problem).toBe('it was removed while it was held')
  })

  test('because the token is an old one changes nothing, and is told as lost', async () => {
    const clock = new VirtualClock()
    const gate = Promise.withResolvers<void>()
    const slow = defineTask({ name: 'slow', keepResult: true, run: () => gate.promise })
    const { tasq, log, store } = stage({ clock, tasks: [slow] })
    const { id } = await tasq.enqueue(slow)
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:started') === 1)
    present(store.live.get(id)).token = 'a later one'
    gate.resolve()
    await eventually(clock, () => log.count('task:lost') === 1)
    expect(only(log.of('task:lost')).problem).toBe('another holder has it')
    expect([store.live.has(id), store.finished.has(id)]).toEqual([true, false])
  })
})

test('a driver that answers for fewer tasks than it was asked leaves the others unconfirmed', async () => {
  const { clock, tasq, driver, log } = stage({ tasks: [ends] })
  driver.next('settle', async (work) => {
    const answers = await work()
    if (Array.isArray(answers)) answers.length = 1
    return answers
  })
  await tasq.enqueueMany(ends, ['a', 'b'])
  await tasq.worker().start()
  await eventually(clock, () => log.count('task:unconfirmed') === 1)
  expect(log.count('task:completed')).toBe(1)
})
