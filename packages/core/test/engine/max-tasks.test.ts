import { describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { fails } from '../support/faulty-driver.ts'
import { settled, stage } from '../support/stage.ts'

function counting(options: { readonly fail?: boolean } = {}) {
  let started = 0
  const on = stage({
    tasks: [
      defineTask({
        name: 'count',
        retry: { delay: 0, maxAttempts: 2 },
        run: async () => {
          started++
          await sleep(on.clock, 5)
          if (options.fail) throw new Error('x')
        },
      }),
    ],
  })
  return { ...on, started: () => started }
}

const times = (count: number) => Array.from({ length: count }, () => undefined)

test.each([
  [1, 1],
  [5, 1],
  [5, 3],
  [7, 10],
  [25, 10],
])(
  'maxTasks: %d with concurrency %d starts exactly so many, then stops [A25]',
  async (maxTasks, concurrency) => {
    const { clock, tasq, started, store } = counting()
    await tasq.enqueueMany('count', times(50))
    const worker = tasq.worker({ maxTasks, concurrency })
    await settled(clock, worker.run())
    expect([started(), worker.state]).toEqual([maxTasks, 'stopped'])
    await clock.advance(10_000)
    expect([...store.live.values()].map(({ state }) => state)).toEqual(Array(50 - maxTasks).fill('ready'))
  },
)

test('tasks that cannot be started do not count: expired, unknown, undecodable', async () => {
  const { clock, tasq, started, store, log } = counting()
  const unknown = defineTask({ name: 'unknown' })
  await tasq.enqueueMany('count', times(3), { expiresIn: 1 })
  await tasq.enqueueMany(unknown, times(3))
  const [broken] = await tasq.enqueueMany('count', times(1))
  await tasq.enqueueMany('count', times(20))
  await clock.advance(5)
  for (const task of store.live.values()) if (task.envelope.id === broken?.id) task.problem = 'torn'
  await settled(clock, tasq.worker({ maxTasks: 6, concurrency: 3 }).run())
  expect([started(), log.count('task:started')]).toEqual([6, 6])
  expect(
    log
      .of('task:dead')
      .map(({ reason }) => reason)
      .sort(),
  ).toEqual(['expired', 'expired', 'expired', 'undecodable'])
})

test('retries count as well: each is a start', async () => {
  const { clock, tasq, started } = counting({ fail: true })
  await tasq.enqueueMany('count', times(10))
  await settled(clock, tasq.worker({ maxTasks: 7, concurrency: 2 }).run())
  expect(started()).toBe(7)
})

test('a worker that has started as many lets them end before it stops', async () => {
  const { clock, tasq, log } = counting()
  await tasq.enqueueMany('count', times(10))
  const report = await settled(clock, tasq.worker({ maxTasks: 4, concurrency: 2 }).run())
  expect(log.count('task:completed')).toBe(4)
  expect(report).toEqual({ reason: 'maxTasks', drained: 0, released: 0, abandoned: 0 })
})

test('it waits for tasks that are not there yet', async () => {
  const { clock, tasq, started } = counting()
  const worker = tasq.worker({ maxTasks: 2 })
  const ran = worker.run()
  await tasq.enqueueMany('count', times(1))
  await clock.advance(30_000)
  expect([started(), worker.state]).toEqual([1, 'running'])
  await tasq.enqueueMany('count', times(1))
  await settled(clock, ran)
  expect(started()).toBe(2)
})

describe('faults', () => {
  test('of reserve do not let it start more', async () => {
    const { clock, tasq, driver, started } = counting()
    await tasq.enqueueMany('count', times(20))
    let turn = 0
    driver.always(async (work) => {
      const answer = await work()
      if (++turn % 2 === 1) throw new Error('lost')
      return answer
    }, 'reserve')
    await settled(clock, tasq.worker({ maxTasks: 6, concurrency: 4 }).run())
    expect(started()).toBe(6)
  })

  test('of settle do not let it start more', async () => {
    const { clock, tasq, driver, started } = counting()
    await tasq.enqueueMany('count', times(20))
    driver.next('settle', fails(), fails(), fails())
    await settled(clock, tasq.worker({ maxTasks: 6, concurrency: 4 }).run())
    expect(started()).toBe(6)
  })
})
