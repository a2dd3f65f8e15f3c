import { describe, expect, test, vi } from 'vitest'
import { createTasq, defineTask, InvalidOptionError, UnsupportedError } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { stage } from '../support/stage.ts'

const zero = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }
const plain = {
  oldestReadyMs: undefined,
  perMinute: 0,
  failedPerMinute: 0,
  paused: false,
  heldUntil: undefined,
  limits: { concurrency: undefined, rateLimit: undefined },
  workers: 0,
}

function app() {
  const clock = new VirtualClock()
  const work = defineTask({
    name: 'work',
    queue: 'jobs',
    retry: { maxAttempts: 1 },
    run: async (ms: number) => {
      if (ms < 0) throw new Error('no')
      await sleep(clock, ms)
    },
  })
  return stage({ clock, store: new MemoryStore(clock), tasks: [work] })
}

describe('all queues at a glance', () => {
  test('those that hold something, those that a definition names, and those of which something holds', async () => {
    const { clock, tasq } = app()
    await tasq.enqueue('work', 1, { queue: 'stored', delay: '1h' })
    await tasq.queue('paused').pause()
    await tasq.worker({ queues: ['worked'] }).start()
    await clock.advance(1_000)
    expect(await tasq.overview()).toEqual([
      { queue: 'jobs', counts: zero, ...plain },
      { queue: 'paused', counts: zero, ...plain, paused: true },
      { queue: 'stored', counts: { ...zero, scheduled: 1 }, ...plain },
      { queue: 'worked', counts: zero, ...plain, workers: 1 },
    ])
  })

  test('those that are asked for, in their order', async () => {
    const { tasq } = app()
    const rows = await tasq.overview({ queues: ['b', 'a'] })
    expect(rows.map(({ queue }) => queue)).toEqual(['b', 'a'])
    await expect(tasq.overview({ queues: [''] })).rejects.toThrow(InvalidOptionError)
  })

  test('the age is that of the task that has been ready longest, however low its priority', async () => {
    const { clock, tasq } = app()
    await tasq.enqueue('work', 1, { priority: 'low' })
    await clock.advance(4_000)
    await tasq.enqueue('work', 1, { priority: 'high' })
    await tasq.enqueue('work', 1, { delay: '1h' })
    await clock.advance(1_000)
    const [row] = await tasq.overview()
    expect(row).toMatchObject({ queue: 'jobs', oldestReadyMs: 5_000, counts: { ready: 2, scheduled: 1 } })
  })

  test('rates are the sum of what all workers that are there have told', async () => {
    const { clock, store, tasq } = app()
    const other = stage({ clock, store, tasks: [defineTask({ name: 'work', queue: 'jobs', run: () => {} })] })
    await tasq.worker({ queues: ['jobs', 'more'], concurrency: 1 }).start()
    await other.tasq.worker({ queues: ['jobs'], concurrency: 1 }).start()
    for (let round = 0; round < 120; round++) {
      await tasq.enqueue('work', 1)
      await tasq.enqueue('work', 1)
      if (round % 10 === 0) await tasq.enqueue('work', -1, { queue: 'more' })
      await clock.advance(1_000)
    }
    const [jobs, more] = await tasq.overview()
    expect(jobs).toMatchObject({ queue: 'jobs', workers: 2, failedPerMinute: 0 })
    expect(jobs?.perMinute).toBeGreaterThan(110)
    expect(jobs?.perMinute).toBeLessThan(130)
    expect(more).toMatchObject({ queue: 'more', workers: 1, perMinute: 6, failedPerMinute: 6 })
  })

  test('a hold is shown until its time has come, and limits as they were set', async () => {
    const { clock, tasq } = app()
    await tasq.queue('jobs').hold('10s')
    await tasq.queue('jobs').limit({ concurrency: 3, rateLimit: { tasks: 5, per: '1s' } })
    const heldUntil = new Date(clock.now() + 10_000)
    const limits = { concurrency: 3, rateLimit: { tasks: 5, per: 1_000, burst: 5, scope: 'global' } }
    expect(await tasq.overview()).toEqual([{ queue: 'jobs', counts: zero, ...plain, heldUntil, limits }])
    await clock.advance(10_000)
    expect((await tasq.overview())[0]).toMatchObject({ heldUntil: undefined })
  })

  test('queues are asked for together: one call of each kind, however many there are', async () => {
    const clock = new VirtualClock()
    const driver = memory({ clock })
    const asked: number[] = []
    const { inspection, coordination } = driver
    const counting = {
      ...bareDriver(driver),
      coordination: { ...coordination, read: vi.fn(coordination.read) },
      inspection: {
        ...inspection,
        count: async (queues: readonly string[]) => {
          asked.push(queues.length)
          return await inspection.count(queues)
        },
        oldestReady: async (queues: readonly string[]) => {
          asked.push(queues.length)
          return await inspection.oldestReady(queues)
        },
      },
    }
    await using tasq = createTasq({ driver: counting, clock, tasks: [defineTask({ name: 'work' })] })
    for (let queue = 0; queue < 30; queue++) await tasq.enqueue('work', 1, { queue: `q${queue}` })
    expect(await tasq.overview()).toHaveLength(31)
    expect(asked).toEqual([31, 31])
    expect(counting.coordination.read).toHaveBeenCalledTimes(2)
  })

  test('a backend that can only count tells what it can, of the queues that definitions name', async () => {
    const clock = new VirtualClock()
    const driver = memory({ clock })
    const { count, purge } = driver.inspection
    const bare = { ...bareDriver(driver), backlog: { count, purge } }
    await using tasq = createTasq({ driver: bare, clock, tasks: [defineTask({ name: 'work' })] })
    await tasq.enqueue('work', undefined)
    expect(await tasq.overview()).toEqual([
      {
        queue: 'default',
        counts: { ...zero, ready: 1 },
        ...plain,
        perMinute: undefined,
        failedPerMinute: undefined,
        workers: undefined,
      },
    ])
  })

  test('one that can not even count is an error that says so', async () => {
    await using tasq = createTasq({ driver: bareDriver(memory()) })
    await expect(tasq.overview()).rejects.toThrow(UnsupportedError)
  })
})
