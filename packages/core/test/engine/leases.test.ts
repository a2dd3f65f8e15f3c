import { describe, expect, test } from 'vitest'
import { createTasq, defineTask, LeaseLostError } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import type { Clock } from '../../src/runtime/clock.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { fails, hangs, waitsFor } from '../support/faulty-driver.ts'
import { only, present } from '../support/present.ts'
import { EventLog, eventually, stage } from '../support/stage.ts'

/** A task that ends when its signal aborts, or after so many ms, and what became of it. */
function longTask(clock: VirtualClock) {
  const aborted: { readonly at: number; readonly reason: unknown }[] = []
  const task = defineTask({
    name: 'long',
    keepResult: true,
    retry: { delay: '1s', jitter: 0 },
    run: async (ms: number, { signal }) => {
      signal.addEventListener('abort', () => aborted.push({ at: clock.monotonic(), reason: signal.reason }))
      await sleep(clock, ms, signal)
      signal.throwIfAborted()
      return 'done'
    },
  })
  return { task, aborted }
}

/** Two processes on one backend. */
function twoWorkers() {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const { task, aborted } = longTask(clock)
  const first = stage({ clock, store, tasks: [task] })
  const second = stage({ clock, store, tasks: [task] })
  return { clock, store, task, aborted, first, second }
}

describe('a long task', () => {
  test('is never lost while its worker lives: its lease is renewed at a third of it', async () => {
    const { clock, first, second, task, aborted } = twoWorkers()
    await first.tasq.enqueue(task, 600_000)
    await first.tasq.worker().start()
    await eventually(clock, () => first.log.count('task:started') === 1)
    await second.tasq.worker().start()
    await eventually(clock, () => first.log.count('task:completed') === 1, { within: 601_000, step: 1_000 })
    expect(first.driver.extensions.length).toBeGreaterThanOrEqual(58)
    expect(first.driver.extensions.length).toBeLessThanOrEqual(61)
    expect([aborted, second.log.count('task:recovered'), second.log.count('task:started')]).toEqual([
      [],
      0,
      0,
    ])
  })

  test('may have a lease much shorter than itself', async () => {
    const { clock, first, task } = twoWorkers()
    await first.tasq.enqueue(task, 10_000, { visibilityTimeout: 300 })
    await first.tasq.worker().start()
    await eventually(clock, () => first.log.count('task:completed') === 1, { step: 100 })
    expect(first.log.count('task:lost')).toBe(0)
  })
})

describe('a worker that cannot renew', () => {
  test.each([
    ['fails', fails()],
    ['never answers', hangs],
  ])('because the backend %s fences itself when the lease is over, and not before', async (_, fault) => {
    const { clock, first, task, aborted } = twoWorkers()
    const { id } = await first.tasq.enqueue(task, 600_000)
    await first.tasq.worker({ workerId: 'worker-1' }).start()
    await eventually(clock, () => first.log.count('task:started') === 1)
    first.driver.always(fault, 'extend', 'settle', 'reserve', 'recover', 'cancelRequests')
    await clock.advance(29_999)
    expect(aborted).toEqual([])
    await clock.advance(1)
    expect(aborted).toEqual([{ at: 30_000, reason: expect.any(LeaseLostError) }])
    expect(first.log.of('task:lost')).toEqual([
      {
        id,
        queue: 'default',
        task: 'long',
        attempt: 1,
        workerId: 'worker-1',
        problem: 'no renewal was confirmed within its 30000 ms',
      },
    ])
  })

  test('leaves the task to another, and what it does late changes nothing', async () => {
    const { clock, store, first, second, task } = twoWorkers()
    const { id } = await first.tasq.enqueue(task, 45_000)
    await first.tasq.worker().start()
    await eventually(clock, () => first.log.count('task:started') === 1)
    first.driver.always(hangs, 'extend', 'settle', 'reserve', 'recover', 'cancelRequests')
    await second.tasq.worker().start()
    await eventually(clock, () => second.log.count('task:started') === 1, { step: 100 })
    expect(clock.monotonic()).toBeGreaterThanOrEqual(31_000)
    expect(clock.monotonic()).toBeLessThan(36_000)
    first.driver.heal()
    await eventually(clock, () => store.finished.has(id), { within: 100_000, step: 500 })
    expect(present(store.finished.get(id))).toMatchObject({ state: 'completed', attempts: 2 })
    expect([first.log.count('task:completed'), second.log.count('task:completed')]).toEqual([0, 1])
  })

  test('and whose handler does not heed its signal keeps that slot and says so; its result is not written', async () => {
    const clock = new VirtualClock()
    const gate = Promise.withResolvers<string>()
    const deaf = defineTask({ name: 'deaf', keepResult: true, run: () => gate.promise })
    const { tasq, log, driver, store } = stage({ clock, tasks: [deaf] })
    const { id } = await tasq.enqueue(deaf)
    await tasq.worker({ concurrency: 1 }).start()
    await eventually(clock, () => log.count('task:started') === 1)
    driver.always(fails(), 'extend')
    await clock.advance(33_000)
    expect(only(log.of('task:stuck'))).toMatchObject({ cause: 'lost' })
    driver.heal()
    await tasq.enqueue(deaf)
    await clock.advance(2_000)
    expect(log.count('task:started')).toBe(1)
    gate.resolve('too late')
    await clock.advance(100)
    expect(store.finished.get(id)).toBeUndefined()
    await eventually(clock, () => log.count('task:started') === 2)
  })
})

describe('a lease counts', () => {
  test('from when its claim was sent, though the answer took its time', async () => {
    const { clock, first, task, aborted } = twoWorkers()
    const gate = Promise.withResolvers<void>()
    first.driver.next('reserve', async (work) => {
      const answer = await work()
      await gate.promise
      return answer
    })
    await first.tasq.enqueue(task, 600_000)
    await first.tasq.worker().start()
    await clock.advance(8_000)
    first.driver.always(fails(), 'extend')
    gate.resolve()
    await clock.advance(22_000)
    expect(aborted.map(({ at }) => at)).toEqual([30_000])
  })

  test('from when its renewal was sent, though the answer took its time', async () => {
    const { clock, first, task, aborted } = twoWorkers()
    await first.tasq.enqueue(task, 600_000)
    await first.tasq.worker().start()
    await clock.advance(9_000)
    const gate = Promise.withResolvers<void>()
    first.driver.next('extend', waitsFor(gate.promise))
    await clock.advance(6_000)
    gate.resolve()
    first.driver.always(fails(), 'extend')
    await clock.advance(60_000)
    expect(aborted.map(({ at }) => at)).toEqual([40_000])
  })
})

describe('a claim that took longer than a lease', () => {
  test('because it waited for a task is asked about, and the task runs', async () => {
    const { clock, first, task } = twoWorkers()
    await first.tasq.worker({ pollInterval: '5m' }).start()
    await clock.advance(45_000)
    await first.tasq.enqueue(task, 100)
    await eventually(clock, () => first.log.count('task:completed') === 1, { within: 1_000 })
    expect(first.log.count('task:lost')).toBe(0)
  })

  test('and whose task somebody else has by now does not start it', async () => {
    const { clock, first, second, task } = twoWorkers()
    const gate = Promise.withResolvers<void>()
    first.driver.next('reserve', async (work) => {
      const answer = await work()
      await gate.promise // the process stands still
      return answer
    })
    await first.tasq.enqueue(task, 20_000, { visibilityTimeout: '3s' })
    await first.tasq.worker().start()
    await clock.settle()
    await second.tasq.worker().start()
    await eventually(clock, () => second.log.count('task:started') === 1)
    gate.resolve()
    await eventually(clock, () => second.log.count('task:completed') === 1)
    expect(first.log.count('task:started')).toBe(0)
  })

  test('is asked about again where that answer was lost as well', async () => {
    const { clock, first, task } = twoWorkers()
    await first.tasq.worker({ pollInterval: '5m' }).start()
    await clock.advance(45_000)
    first.driver.next('extend', fails())
    await first.tasq.enqueue(task, 100)
    await eventually(clock, () => first.log.count('task:completed') === 1, { within: 2_000 })
    expect(only(first.log.of('task:completed')).attempt).toBe(1)
  })
})

/** A clock whose timers fire late by as much as the event loop was blocked. */
class BlockedClock implements Clock {
  readonly #inner: VirtualClock
  #blockedMs = 0

  constructor(inner: VirtualClock) {
    this.#inner = inner
  }

  block(ms: number): void {
    this.#blockedMs += ms
  }

  now(): number {
    return this.#inner.now() + this.#blockedMs
  }

  monotonic(): number {
    return this.#inner.monotonic() + this.#blockedMs
  }

  setTimeout(callback: () => void, ms: number): object {
    return this.#inner.setTimeout(callback, ms)
  }

  clearTimeout(handle: object): void {
    this.#inner.clearTimeout(handle)
  }
}

describe('a blocked event loop', () => {
  async function blocked(ms: number) {
    const inner = new VirtualClock()
    const clock = new BlockedClock(inner)
    const { task, aborted } = longTask(inner)
    const tasq = createTasq({ driver: memory({ clock }), clock, tasks: [task] })
    const log = new EventLog(tasq)
    await tasq.enqueue(task, 15_000)
    await tasq.worker({ workerId: 'worker-1', abortGrace: 0, shutdownTimeout: 0 }).start()
    await inner.advance(9_000)
    clock.block(ms)
    await inner.advance(1_500)
    return { log, aborted, tasq, inner }
  }

  test('that made a renewal late is told', async () => {
    const { log, aborted } = await blocked(5_000)
    expect(log.of('worker:late')).toEqual([{ workerId: 'worker-1', lateMs: 5_000 }])
    expect([aborted, log.count('task:lost')]).toEqual([[], 0])
  })

  test('for longer than the lease means that it is over, though the backend would still renew it', async () => {
    const { log, aborted } = await blocked(25_000)
    expect(log.count('task:lost')).toBe(1)
    expect(only(aborted).reason).toBeInstanceOf(LeaseLostError)
  })
})
