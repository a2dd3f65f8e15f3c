import { describe, expect, test } from 'vitest'
import { byPriorities, priorityRanges } from '../../src/engine/priority-ranges.ts'
import { defineTask, InvalidOptionError, type PriorityLevel, typed } from '../../src/index.ts'
import { eventually, stage } from '../support/stage.ts'

const ALL = ['critical', 'high', 'normal', 'low'] as const

test.each<[readonly PriorityLevel[], ReturnType<typeof priorityRanges>]>([
  [['critical'], [{ lowest: 75, highest: 127 }]],
  [['high'], [{ lowest: 25, highest: 74 }]],
  [['normal'], [{ lowest: -25, highest: 24 }]],
  [['low'], [{ lowest: -128, highest: -26 }]],
  [['normal', 'high'], [{ lowest: -25, highest: 74 }]],
  [
    ['low', 'critical'],
    [
      { lowest: 75, highest: 127 },
      { lowest: -128, highest: -26 },
    ],
  ],
  [
    ['low', 'critical', 'high', 'critical'],
    [
      { lowest: 25, highest: 127 },
      { lowest: -128, highest: -26 },
    ],
  ],
  [ALL, undefined],
])('%j are these priorities [U31]', (levels, ranges) => {
  expect(priorityRanges(levels)).toEqual(ranges)
})

test.each<unknown>([[], ['urgent'], 'critical', [100]])('priorities: %j are refused', (priorities) => {
  const { tasq } = stage({ tasks: [defineTask({ name: 'job', run: () => undefined })] })
  expect(() => tasq.worker({ priorities: priorities as readonly PriorityLevel[] })).toThrow(
    InvalidOptionError,
  )
})

/** What ran, and on which worker. */
function noted() {
  const ran: string[] = []
  const job = defineTask({
    name: 'job',
    input: typed<string>(),
    run: (input, { workerId }) => void ran.push(`${input} on ${workerId}`),
  })
  return { ...stage({ tasks: [job] }), job, ran }
}

test('workers for some levels each share one queue [U31]', async () => {
  const { clock, tasq, job, ran } = noted()
  await tasq.worker({ workerId: 'first', priorities: ['critical'] }).start()
  await tasq.worker({ workerId: 'middle', priorities: ['high', 'normal'] }).start()
  await tasq.worker({ workerId: 'last', priorities: ['low'] }).start()
  for (const priority of [127, 75, 74, 25, 24, 0, -25, -26, -128]) {
    await tasq.enqueue(job, `${priority}`, { priority })
  }
  await eventually(clock, () => ran.length === 9)
  expect(ran.toSorted()).toEqual(
    [
      ...['127 on first', '75 on first'],
      ...['74 on middle', '25 on middle', '24 on middle', '0 on middle', '-25 on middle'],
      ...['-26 on last', '-128 on last'],
    ].toSorted(),
  )
})

describe('a worker for two levels that do not adjoin', () => {
  test('takes the higher one first, and leaves what is between', async () => {
    const { clock, tasq, job, ran, store } = noted()
    for (const priority of ['low', 'normal', 'critical'] as const)
      await tasq.enqueue(job, priority, { priority })
    await tasq.worker({ workerId: 'w', priorities: ['low', 'critical'], concurrency: 1 }).start()
    await eventually(clock, () => ran.length === 2)
    await clock.advance(5_000)
    expect(ran).toEqual(['critical on w', 'low on w'])
    expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
  })

  test('keeps the shares of its queues', async () => {
    const { clock, tasq, job, ran } = noted()
    for (let n = 0; n < 40; n++) {
      for (const queue of ['a', 'b']) {
        await tasq.enqueue(job, queue, { queue, priority: n % 2 === 0 ? 'critical' : 'low' })
      }
    }
    const queues = [{ name: 'a', weight: 3 }, 'b']
    await tasq
      .worker({
        workerId: 'w',
        queues,
        queuePolicy: 'weighted',
        priorities: ['low', 'critical'],
        concurrency: 1,
        prefetch: 0,
      })
      .start()
    await eventually(clock, () => ran.length >= 40)
    const ofA = ran.slice(0, 40).filter((each) => each.startsWith('a')).length
    expect(Math.abs(ofA - 30)).toBeLessThanOrEqual(2)
  })
})

test.each<[readonly PriorityLevel[] | undefined]>([[undefined], [ALL]])(
  'with priorities %j a queue is asked once, for all',
  async (priorities) => {
    const { clock, tasq, driver } = noted()
    await tasq.worker({ queues: ['a', 'b'], priorities }).start()
    await eventually(clock, () => driver.reserves.length > 0)
    expect(driver.reserves[0]?.queues).toEqual([
      { name: 'a', max: 10 },
      { name: 'b', max: 10 },
    ])
  },
)

test('where a queue has a share of its own, ranges that do not adjoin take turns, so that together they keep to it', () => {
  const ranges = priorityRanges(['critical', 'low'])
  const shares = [
    { name: 'limited', max: 3 },
    { name: 'free', max: 10 },
  ]
  const [critical, low] = ranges ?? []
  const ofFree = [critical, low].map((priorities) => ({ name: 'free', max: 10, priorities }))
  expect(byPriorities(shares, ranges, 10, 0)).toEqual([
    { name: 'limited', max: 3, priorities: critical },
    ...ofFree,
  ])
  expect(byPriorities(shares, ranges, 10, 1)).toEqual([
    { name: 'limited', max: 3, priorities: low },
    ...ofFree,
  ])
  expect(byPriorities(shares, undefined, 10, 1)).toBe(shares)
})
