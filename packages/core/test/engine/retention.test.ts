import { describe, expect, test } from 'vitest'
import {
  createTasq,
  defineTask,
  InvalidOptionError,
  PermanentError,
  type RetentionOptions,
  typed,
  UnsupportedError,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { thrown } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

/** Tasks that are over, done or dead as their input says. */
async function over(
  retention: RetentionOptions,
  tasks: readonly (readonly [queue: string, input: string])[],
) {
  const job = defineTask({
    name: 'job',
    input: typed<string>(),
    run: (input) => {
      if (input.startsWith('dead')) throw new PermanentError(input)
    },
  })
  const on = stage({ tasks: [job], retention })
  const queues = [...new Set(tasks.map(([queue]) => queue))]
  const worker = on.tasq.worker({ queues, concurrency: 1, prefetch: 0 })
  await worker.start()
  for (const [queue, input] of tasks) {
    await on.tasq.enqueue(job, input, { queue })
    await on.clock.advance(1)
  }
  const isOver = () => on.log.count('task:completed') + on.log.count('task:dead') === tasks.length
  await eventually(on.clock, isOver, { step: 1 })
  const counts = async (queue: string) => {
    const { dead, finished } = await on.tasq.queue(queue).counts()
    return { dead, finished }
  }
  return { ...on, counts, job }
}

const numbered = (queue: string, what: string, count: number) =>
  Array.from({ length: count }, (_, n) => [queue, `${what} ${n}`] as const)

describe('by count', () => {
  test('the newest of each kind stay, in each queue as it says, and else as all do', async () => {
    const retention = {
      completed: { age: '7d', count: 5 },
      dead: { count: 4 },
      queues: { mail: { completed: { count: 2 } }, other: { dead: { count: 1 } } },
    } as const
    const queues = ['mail', 'other', 'third']
    const tasks = queues.flatMap((queue) => [...numbered(queue, 'done', 8), ...numbered(queue, 'dead', 8)])
    const { clock, counts, tasq } = await over(retention, tasks)
    await clock.advance(60_000)
    expect(await Promise.all(queues.map(counts))).toEqual([
      { finished: 2, dead: 4 },
      { finished: 5, dead: 1 },
      { finished: 5, dead: 4 },
    ])
    const { items } = await tasq.queue('mail').deadLetters.list()
    expect(items.map(({ input }) => input)).toEqual(['dead 4', 'dead 5', 'dead 6', 'dead 7'])
  })

  test('also in queues that this worker does not serve', async () => {
    const { clock, tasq, store, job, log } = await over({ dead: { count: 1 } }, [['mail', 'dead 0']])
    const other = tasq.worker({ queues: ['elsewhere'] })
    await other.start()
    for (const n of [1, 2, 3]) await tasq.enqueue(job, `dead ${n}`, { queue: 'elsewhere' })
    await eventually(clock, () => log.count('task:dead') === 4)
    await other.stop()
    await eventually(clock, () => store.dead.size === 2)
  })

  test('much is removed in steps, with pauses between them', async () => {
    const { clock, driver, store, job } = await over({ completed: { count: 10 } }, [['default', 'done']])
    const steps: number[] = []
    const { keepNewest } = driver.retention
    Object.assign(driver.retention, {
      keepNewest: async (...call: Parameters<typeof keepNewest>) => {
        steps.push(clock.monotonic())
        expect(call[3]).toBeLessThanOrEqual(1_000)
        return await keepNewest(...call)
      },
    })
    for (let n = 0; n < 2_010; n++) {
      store.finished.set(`${n}`, {
        ordinal: n,
        id: `${n}`,
        queue: 'default',
        state: 'completed',
        task: job.name,
        priority: 0,
        attempts: 1,
        enqueuedAt: 0,
        finishedAt: 0,
        keptUntil: Number.MAX_SAFE_INTEGER,
        result: undefined,
        reason: undefined,
      })
    }
    await eventually(clock, () => store.finished.size === 10)
    await clock.advance(1_000)
    const gaps = steps.slice(1).map((at, index) => at - (steps[index] ?? 0))
    expect(gaps.length).toBeGreaterThanOrEqual(4)
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(100)
  })
})

describe('by age', () => {
  test('completed tasks are kept for so long, where nothing else is said of them', async () => {
    const retention = { completed: { age: '1h' }, queues: { mail: { completed: { age: '1d' } } } } as const
    const { clock, counts } = await over(retention, [
      ...numbered('default', 'done', 2),
      ...numbered('mail', 'done', 3),
    ])
    expect([await counts('default'), await counts('mail')]).toMatchObject([{ finished: 2 }, { finished: 3 }])
    await clock.advance(2 * 3_600_000)
    expect([await counts('default'), await counts('mail')]).toMatchObject([{ finished: 0 }, { finished: 3 }])
  })

  test('what an enqueue, a definition or the defaults say comes first', async () => {
    const silent = defineTask({ name: 'silent' })
    const loud = defineTask({ name: 'loud', keepResult: '5m', keepDeadLetter: '2d' })
    const { tasq, driver } = stage({
      tasks: [silent, loud],
      retention: { completed: { age: '1h' }, dead: { age: '3d' }, queues: { mail: { dead: { age: '9d' } } } },
    })
    await tasq.enqueue(silent)
    await tasq.enqueue(loud)
    await tasq.enqueue(silent, undefined, { keepResult: false })
    await tasq.enqueue(silent, undefined, { queue: 'mail' })
    await tasq.enqueue(loud, undefined, { queue: 'mail' })
    const stored = driver.enqueues.flatMap(({ tasks }) => tasks.map(({ envelope }) => envelope))
    const day = 86_400_000
    expect(stored.map(({ keepResultMs, policy }) => [keepResultMs, policy.deadLetterMs])).toEqual([
      [3_600_000, 3 * day],
      [300_000, 2 * day],
      [undefined, 3 * day],
      [3_600_000, 9 * day],
      [300_000, 2 * day],
    ])
    expect(stored[2]?.policy).toBe(stored[0]?.policy)
  })
})

test.each<[string, unknown]>([
  ['retention', 5],
  ['retention.queues', []],
  ['retention.completed', '1d'],
  ['retention.completed.count', { completed: { count: 0 } }],
  ['retention.completed.age', { completed: { age: 'soon' } }],
  ['retention.dead.count', { dead: { count: 1.5 } }],
  ['retention.queues.mail', { queues: { mail: 5 } }],
  ['retention.queues.mail.dead.count', { queues: { mail: { dead: { count: -1 } } } }],
])('%s: an impossible value is refused', (option, value) => {
  const retention =
    option === 'retention.completed'
      ? { completed: value }
      : option === 'retention.queues'
        ? { queues: value }
        : value
  const act = () => createTasq({ driver: memory(), retention: retention as RetentionOptions })
  expect(thrown(act, InvalidOptionError).option).toBe(option)
})

test.each<RetentionOptions>([{ completed: { count: 1 } }, { completed: { age: '1h' } }])(
  '%j is refused on a driver that can not do it',
  (retention) => {
    expect(() => createTasq({ driver: bareDriver(memory()), retention })).toThrow(UnsupportedError)
  },
)
