import { describe, expect, test } from 'vitest'
import {
  defineTask,
  type EnqueueOptions,
  InvalidOptionError,
  StoreError,
  typed,
  UnknownOutcomeError,
  UnsupportedError,
} from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { newTask } from '../support/builders.ts'
import { fails, losesAnswer } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** What ran, and when. */
function started(on: { store?: MemoryStore; clock?: VirtualClock } = {}) {
  const { clock = new VirtualClock(), store = new MemoryStore(clock) } = on
  const ran: [number, string][] = []
  const job = defineTask({
    name: 'job',
    input: typed<string>(),
    retry: { delay: '1h' },
    run: (input) => void ran.push([clock.monotonic(), input]),
  })
  return { ...stage({ tasks: [job], clock, store }), ran, job }
}

const debounce = (over: object = {}) => ({ debounce: { key: 'k', wait: '5s' as const, ...over } })

describe('debounce', () => {
  test('runs once, so long after the last call, with what that said', async () => {
    const { clock, tasq, job, ran, log } = started()
    await tasq.worker({ pollInterval: 100 }).start()
    const handles = []
    for (const input of ['a', 'b', 'c']) {
      handles.push(await tasq.enqueue(job, input, debounce()))
      await clock.advance(3_000)
    }
    const id = handles[0]?.id
    expect(handles.map(({ status }) => status)).toEqual(['created', 'replaced', 'replaced'])
    expect(handles.map((handle) => handle.id)).toEqual([id, id, id])
    await clock.advance(10_000)
    expect(ran).toEqual([[11_000, 'c']])
    expect(log.count('task:enqueued')).toBe(1)
  })

  test('begins anew once its task has run', async () => {
    const { clock, tasq, job, ran } = started()
    await tasq.worker().start()
    const first = await tasq.enqueue(job, 'a', debounce())
    await eventually(clock, () => ran.length === 1)
    const second = await tasq.enqueue(job, 'b', debounce())
    expect([second.status, second.id === first.id]).toEqual(['created', false])
    await eventually(clock, () => ran.length === 2)
  })

  test('leaves a task alone that runs, and stores another one, which later calls replace', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const ran: string[] = []
    const ends = Promise.withResolvers<void>()
    const job = defineTask({
      name: 'job',
      input: typed<string>(),
      run: async (input) => {
        ran.push(input)
        if (input === 'a') await ends.promise
      },
    })
    const { tasq } = stage({ tasks: [job], clock, store })
    await tasq.worker().start()
    const first = await tasq.enqueue(job, 'a', debounce())
    await eventually(clock, () => ran.length === 1)
    const second = await tasq.enqueue(job, 'b', debounce())
    const third = await tasq.enqueue(job, 'c', debounce())
    expect([second.status, third.status, third.id]).toEqual(['created', 'replaced', second.id])
    expect(second.id).not.toBe(first.id)
    ends.resolve()
    await clock.advance(1_000)
    const fourth = await tasq.enqueue(job, 'd', debounce())
    expect([fourth.status, fourth.id]).toEqual(['replaced', second.id])
    await clock.advance(20_000)
    expect(ran).toEqual(['a', 'd'])
  })

  test('puts its task off no longer than maxWait, and keeps its place in the queue from then on', async () => {
    const { clock, tasq, job, ran } = started()
    const statuses: string[] = []
    for (let n = 0; n < 8; n++) {
      const { status } = await tasq.enqueue(job, `${n}`, debounce({ maxWait: '12s' }))
      statuses.push(status)
      await clock.advance(2_000)
    }
    expect(statuses).toEqual(['created', ...Array(5).fill('replaced'), 'created', 'replaced'])
    expect((await tasq.queue('default').tasks('ready')).items.map(({ input }) => input)).toEqual(['5'])
    await tasq.worker().start()
    await eventually(clock, () => ran.length === 2)
    expect(ran.map(([, input]) => input)).toEqual(['5', '7'])
    expect(ran[1]?.[0]).toBeGreaterThanOrEqual(19_000)
  })

  test('counts within one queue, and apart from unique keys', async () => {
    const { tasq, job } = started()
    const all = [
      debounce(),
      { ...debounce(), queue: 'other' },
      { unique: { key: 'k' } },
      debounce({ key: 'l' }),
    ]
    const handles = []
    for (const options of all) handles.push(await tasq.enqueue(job, 'a', options))
    expect(handles.map(({ status }) => status)).toEqual(Array(4).fill('created'))
  })

  test('gives the waiting task all that the latest call says', async () => {
    const { tasq, job } = started()
    const first = await tasq.enqueue(job, 'a', { ...debounce(), headers: { a: '1' } })
    const options = { ...debounce(), priority: 'high', headers: { b: '2' }, keepResult: true } as const
    const second = await tasq.enqueue(job, 'b', options)
    expect(second.keepsResult).toBe(true)
    expect(await first.inspect()).toMatchObject({
      input: 'b',
      priority: 50,
      headers: { b: '2' },
      attempts: 0,
    })
  })

  test('stores another one where its task was cancelled, removed or died', async () => {
    const { tasq, job } = started()
    const first = await tasq.enqueue(job, 'a', debounce())
    await first.cancel()
    const second = await tasq.enqueue(job, 'b', debounce())
    await second.remove()
    const third = await tasq.enqueue(job, 'c', debounce())
    expect([second.status, third.status]).toEqual(['created', 'created'])
  })

  test('holds for each input of an enqueueMany, and passes its middleware', async () => {
    const clock = new VirtualClock()
    const job = defineTask({ name: 'job', input: typed<string>() })
    const heard: string[] = []
    const { tasq } = stage({
      clock,
      middleware: [
        {
          enqueue: async (_, next) => {
            const answer = await next()
            heard.push(answer.status)
            return answer
          },
        },
      ],
    })
    const many = tasq.enqueueMany(job, ['a', 'b', 'c'], debounce())
    const handles = await settled(clock, many)
    expect(new Set(handles.map(({ id }) => id)).size).toBe(1)
    expect(heard.toSorted()).toEqual(['created', 'replaced', 'replaced'])
    expect(await tasq.queue('default').counts()).toMatchObject({ scheduled: 1 })
  })

  test('remembers a burst for as long as it lasts', async () => {
    const { clock, tasq, job } = started()
    const wait = '30m'
    const first = await tasq.enqueue(job, 'a', debounce({ wait }))
    for (let hours = 0; hours < 10; hours++) {
      for (let step = 0; step < 3; step++) {
        await clock.advance(20 * 60_000)
        expect((await tasq.enqueue(job, 'b', debounce({ wait }))).id).toBe(first.id)
      }
    }
  })
})

describe('many processes that debounce at once', () => {
  test('leave one task that waits, with what one of them said last', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const processes = Array.from({ length: 8 }, () => started({ clock, store }))
    for (let round = 0; round < 5; round++) {
      const calls = processes.flatMap(({ tasq, job }, index) =>
        [0, 1].map((n) => tasq.enqueue(job, `${round} ${index} ${n}`, debounce())),
      )
      const handles = await settled(clock, Promise.all(calls))
      const created = handles.filter(({ status }) => status === 'created')
      expect(created.length).toBe(round === 0 ? 1 : 0)
      expect(new Set(handles.map(({ id }) => id)).size).toBe(1)
    }
    expect(store.live.size).toBe(1)
  })

  test('lose nothing while workers start the tasks: the last that was acknowledged runs', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const processes = Array.from({ length: 4 }, () => started({ clock, store }))
    for (const { tasq } of processes.slice(0, 2)) await tasq.worker({ pollInterval: 10 }).start()
    let last = ''
    for (let n = 0; n < 300; n++) {
      const { tasq, job } = processes[n % 4] ?? started()
      last = `${n}`
      await settled(clock, tasq.enqueue(job, last, debounce({ wait: (n % 7) + 1 })), { step: 1 })
      await clock.advance(n % 5)
    }
    await eventually(clock, () => store.live.size === 0)
    const ran = processes.flatMap((process) => process.ran).sort(([a], [b]) => a - b)
    expect(ran.length).toBeGreaterThan(20)
    expect(ran.at(-1)?.[1]).toBe(last)
  })
})

describe('where an answer is lost', () => {
  test('of the task, it is stored once', async () => {
    const { clock, tasq, driver, job, store, log } = started()
    driver.next('writeRecords', losesAnswer())
    const handle = await settled(clock, tasq.enqueue(job, 'a', debounce()))
    expect([handle.status, store.live.size, log.count('client:retry')]).toEqual(['created', 1, 1])
  })

  test('for too long, the call says that it does not know', async () => {
    const { clock, tasq, driver, job } = started()
    driver.next('writeRecords', losesAnswer())
    driver.next('readRecords', async (work) => work(), ...Array(99).fill(fails()))
    const call = rejection(tasq.enqueue(job, 'a', debounce()), UnknownOutcomeError)
    await settled(clock, call)
  })

  test('a backend that never answers is an error, and nothing is stored', async () => {
    const { clock, tasq, driver, job, store } = started()
    driver.always(fails(), 'readRecords')
    const error = await settled(
      clock,
      tasq.enqueue(job, 'a', debounce()).catch((thrown: unknown) => thrown),
    )
    expect(error).toBeInstanceOf(StoreError)
    expect(store.live.size).toBe(0)
  })
})

test('a driver that can not replace tasks refuses', async () => {
  const clock = new VirtualClock()
  const { tasq, driver, job } = started({ clock })
  Object.defineProperty(driver, 'inspection', { value: undefined })
  const error = await rejection(tasq.enqueue(job, 'a', debounce()), UnsupportedError)
  expect(error.message).toContain("'faulty'")
})

describe('throttle', () => {
  test('lets one task in per window, the first, and says which it is', async () => {
    const { clock, tasq, job, ran } = started()
    await tasq.worker().start()
    const throttle = { throttle: { key: 'k', per: '1m' } } as const
    const handles = []
    for (let n = 0; n < 6; n++) {
      handles.push(await tasq.enqueue(job, `${n}`, throttle))
      await clock.advance(20_001)
    }
    expect(handles.map(({ status }) => status)).toEqual([
      ...['created', 'duplicate', 'duplicate'],
      ...['created', 'duplicate', 'duplicate'],
    ])
    expect(handles[1]?.id).toBe(handles[0]?.id)
    expect(handles[4]?.id).toBe(handles[3]?.id)
    expect(ran.map(([, input]) => input)).toEqual(['0', '3'])
  })

  test('holds on while its task is not finished', async () => {
    const { clock, tasq, job } = started()
    const throttle = { throttle: { key: 'k', per: '1m' } } as const
    await tasq.enqueue(job, 'a', throttle)
    await clock.advance(600_000)
    expect((await tasq.enqueue(job, 'b', throttle)).status).toBe('duplicate')
  })
})

test.each<[string, EnqueueOptions<unknown>]>([
  ['debounce.key', debounce({ key: '' })],
  ['debounce.wait', debounce({ wait: 0 })],
  ['debounce.maxWait', debounce({ maxWait: '4s' })],
  ['debounce', { ...debounce(), delay: '1s' }],
  ['debounce', { ...debounce(), runAt: new Date() }],
  ['unique', { ...debounce(), unique: { key: 'a' } }],
  ['throttle', { throttle: { key: 'a', per: '1s' }, unique: { key: 'a' } }],
  ['throttle', { ...debounce(), throttle: { key: 'a', per: '1s' } }],
  ['throttle.key', { throttle: { key: 'x'.repeat(501), per: '1s' } }],
  ['throttle.per', { throttle: { key: 'a', per: 0 } }],
])('%s: %j is refused, and nothing is sent', async (option, options) => {
  const { tasq, job, store } = started()
  const error = await rejection(tasq.enqueue(job, 'a', options as EnqueueOptions), InvalidOptionError)
  expect(error.option).toBe(option)
  expect([store.live.size, store.records.size]).toEqual([0, 0])
})

test('a unique key costs the same among many as among few', async () => {
  const driver = memory()
  const costOfDuplicates = async (): Promise<number> => {
    const tasks = Array.from({ length: 5_000 }, (_, n) =>
      newTask({ id: `again ${n}`, unique: { key: 'key 7' } }),
    )
    const start = performance.now()
    const answers = await driver.enqueue({ callId: `${start}`, tasks })
    expect(answers.every(({ status }) => status === 'duplicate')).toBe(true)
    return performance.now() - start
  }
  const fill = async (from: number, to: number) => {
    const numbers = Array.from({ length: to - from }, (_, n) => from + n)
    const tasks = numbers.map((n) =>
      newTask({ id: `task ${n}`, unique: { key: `key ${n}` }, queue: 'default' }),
    )
    await driver.enqueue({ callId: `fill ${to}`, tasks })
  }
  await fill(0, 100)
  const amongFew = Math.min(await costOfDuplicates(), await costOfDuplicates(), await costOfDuplicates())
  await fill(100, 100_000)
  const amongMany = Math.min(await costOfDuplicates(), await costOfDuplicates(), await costOfDuplicates())
  expect(amongMany).toBeLessThan(20 * amongFew) // a search through all of them would take a thousand times as long
})
