import { describe, expect, test } from 'vitest'
import { defineTask, snooze, TaskCancelledError } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { fails, hangs } from '../support/faulty-driver.ts'
import { only, present, rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

type Behaviour = 'heeds' | 'ignores' | 'completes' | 'snoozes' | 'fails on its own'

/** A running task, its worker, and an app elsewhere that shares nothing with them but the backend. */
async function running(behaviour: Behaviour) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const aborted: { readonly at: number; readonly reason: unknown }[] = []
  const gate = Promise.withResolvers<void>()
  const task = defineTask({
    name: 'cancellable',
    keepResult: true,
    retry: { delay: '1s', jitter: 0 },
    run: async (_, { signal }) => {
      signal.addEventListener('abort', () => aborted.push({ at: clock.monotonic(), reason: signal.reason }))
      if (behaviour === 'ignores') return await gate.promise
      if (behaviour === 'fails on its own') {
        await gate.promise
        throw new Error('on its own')
      }
      await sleep(clock, 1_000_000, signal)
      if (behaviour === 'snoozes') return snooze('1s')
      if (behaviour === 'heeds') signal.throwIfAborted()
    },
  })
  const on = stage({ clock, store, tasks: [task] })
  const elsewhere = stage({ clock, store, tasks: [task] })
  await on.tasq.worker({ concurrency: 1, pollInterval: '1m' }).start()
  await clock.advance(5_000)
  const handle = await on.tasq.enqueue(task)
  await eventually(clock, () => on.log.count('task:started') === 1)
  const remote = elsewhere.tasq.handle(task, handle.id)
  return { ...on, store, task, handle, remote, aborted, gate, cancelledAt: clock.monotonic() }
}

describe('a running task', () => {
  test('is told by its signal within two seconds, from anywhere, though its worker was idle [Q7]', async () => {
    const { clock, log, handle, remote, aborted, cancelledAt } = await running('heeds')
    const result = rejection(handle.result(), TaskCancelledError)
    expect(await remote.cancel('no longer wanted')).toBe('requested')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    const { at, reason } = only(aborted)
    expect(at - cancelledAt).toBeLessThanOrEqual(2_000)
    expect(reason).toBeInstanceOf(TaskCancelledError)
    expect(reason).toMatchObject({ reason: 'no longer wanted' })
    expect(await settled(clock, result)).toMatchObject({ reason: 'no longer wanted' })
    expect([log.count('task:failed'), log.count('task:stuck')]).toEqual([0, 0])
  })

  test('that is asked twice is cancelled once, for the first reason', async () => {
    const { clock, log, remote } = await running('heeds')
    await remote.cancel('first')
    await remote.cancel('second')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(only(log.of('task:cancelled')).reason).toBe('first')
  })

  test('that completes all the same has completed', async () => {
    const { clock, log, remote, store, handle } = await running('completes')
    await remote.cancel('why')
    await eventually(clock, () => log.count('task:completed') === 1)
    expect([store.finished.get(handle.id)?.state, log.count('task:cancelled')]).toEqual(['completed', 0])
  })

  test('that snoozes instead is cancelled', async () => {
    const { clock, log, remote } = await running('snoozes')
    await remote.cancel('why')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(log.count('task:released')).toBe(0)
  })

  test('that ignores its signal is cancelled after its grace, and its slot stays taken', async () => {
    const { clock, log, remote, store, handle, tasq, task, gate } = await running('ignores')
    await remote.cancel('why')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(only(log.of('task:stuck'))).toMatchObject({ cause: 'cancelled' })
    expect(store.finished.get(handle.id)).toMatchObject({ state: 'cancelled', reason: 'why' })
    await tasq.enqueue(task)
    await clock.advance(5_000)
    expect(log.count('task:started')).toBe(1)
    gate.resolve()
  })

  test('that fails before it was told is cancelled and not retried', async () => {
    const { clock, log, remote, store, handle, gate } = await running('fails on its own')
    await remote.cancel('why')
    gate.resolve()
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect([store.live.size, store.finished.get(handle.id)?.state]).toEqual([0, 'cancelled'])
    expect(log.count('task:retrying')).toBe(0)
  })

  test('that its renewal tells of the mark is told the reason as well', async () => {
    const { clock, log, driver, remote, aborted } = await running('heeds')
    driver.next('cancelRequests', hangs)
    await remote.cancel('why')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(only(aborted).reason).toMatchObject({ code: 'TASQ_TASK_CANCELLED', reason: 'why' })
  })

  test('is told by its renewal where the marks cannot be read', async () => {
    const { clock, log, driver, remote, aborted, cancelledAt } = await running('heeds')
    driver.always(fails(), 'cancelRequests')
    await remote.cancel('why')
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(only(aborted).at - cancelledAt).toBeLessThanOrEqual(10_000)
    expect(log.of('worker:error').every(({ loop }) => loop === 'upkeep')).toBe(true)
  })
})

test('a task whose release was overtaken by a cancel is cancelled', async () => {
  const clock = new VirtualClock()
  const asked = Promise.withResolvers<void>()
  const sleepy = defineTask({
    name: 'sleepy',
    run: async () => {
      await asked.promise
      return snooze('1s')
    },
  })
  const { tasq, log } = stage({ clock, tasks: [sleepy] })
  const handle = await tasq.enqueue(sleepy)
  await tasq.worker().start()
  await eventually(clock, () => log.count('task:started') === 1)
  await handle.cancel('why')
  asked.resolve()
  await clock.settle()
  expect([log.count('task:cancelled'), log.count('task:released')]).toEqual([1, 0])
})

test('a prefetched task that is cancelled never starts [Q7]', async () => {
  const clock = new VirtualClock()
  const task = defineTask({ name: 'timed', run: (ms: number) => sleep(clock, ms) })
  const { tasq, log, store } = stage({ clock, tasks: [task] })
  const inputs = [...Array.from({ length: 2_000 }, () => 1), ...Array.from({ length: 60 }, () => 900)]
  const handles = await tasq.enqueueMany(task, inputs)
  await tasq.worker({ concurrency: 2 }).start()
  await eventually(clock, () => log.count('task:completed') === 2_000, { step: 5 })
  const waiting = [...store.active].filter(({ envelope }) => {
    return !log.of('task:started').some(({ id }) => id === envelope.id)
  })
  const chosen = present(waiting.at(-1), 'a prefetched task').envelope.id
  const handle = present(handles.find(({ id }) => id === chosen))
  expect(await handle.cancel()).toBe('requested')
  await eventually(clock, () => log.count('task:cancelled') === 1, { within: 2_000 })
  expect(log.of('task:started').some(({ id }) => id === chosen)).toBe(false)
})

test('a task that waits for its retry is cancelled at once', async () => {
  const flaky = defineTask({
    name: 'flaky',
    run: () => {
      throw new Error('again')
    },
  })
  const { clock, tasq, log } = stage({ tasks: [flaky] })
  await tasq.worker().start()
  const handle = await tasq.enqueue(flaky)
  await eventually(clock, () => log.count('task:retrying') === 1)
  expect(await handle.cancel()).toBe('cancelled')
  await clock.advance(300_000)
  expect(log.count('task:started')).toBe(1)
})
