import { describe, expect, test } from 'vitest'
import {
  defineTask,
  InvalidOptionError,
  snooze,
  type TaskContext,
  UnsupportedError,
} from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { unavailable } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

/** Two processes on one backend: one runs tasks as the test says, the other one looks. */
function processes(run: (context: TaskContext) => unknown, tasks = 1) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const job = defineTask({
    name: 'job',
    retry: { maxAttempts: 3, delay: '1s', strategy: 'fixed', jitter: 0 },
    run: (_: undefined, context) => run(context),
  })
  const near = stage({ tasks: [job], clock, store })
  const far = stage({ tasks: [job], clock, store })
  const { coordination } = near.driver
  const { read, write } = coordination
  /** What this process asks of the records of progress, and what is to go wrong there. */
  const records = { reads: 0, writes: 0, faults: [] as Error[] }
  Object.assign(coordination, {
    read: async (...call: Parameters<typeof read>) => {
      if (call[0].startsWith('progress:')) records.reads++
      return await read(...call)
    },
    write: async (call: Parameters<typeof write>[0]) => {
      if (!call.writes.some(({ kind }) => kind.startsWith('progress:'))) return await write(call)
      records.writes++
      const fault = records.faults.shift()
      if (fault !== undefined) throw fault
      return await write(call)
    },
  })
  const work = async (options = {}) => {
    const worker = near.tasq.worker({ workerId: 'w', concurrency: 200, ...options })
    await worker.start()
    const handles = await near.tasq.enqueueMany(job, Array(tasks).fill(undefined))
    return { worker, handles, ids: handles.map(({ id }) => id) }
  }
  const look = (id: string) => far.tasq.handle(job, id).progress()
  return { ...near, job, clock, store, work, look, records }
}

/** A handler that does what it is told, and ends when it is told. */
function puppet() {
  const contexts: TaskContext[] = []
  const ends = Promise.withResolvers<void>()
  const run = async (context: TaskContext) => {
    contexts.push(context)
    await ends.promise
  }
  return { contexts, ends, run }
}

describe('the event task:progress', () => {
  test('is told at once, then at most four times a second, and the last one always [Q11]', async () => {
    const { clock, work, log } = processes(async ({ progress }) => {
      for (let n = 1; n <= 100; n++) {
        progress(n)
        await new Promise<void>((resolve) => clock.setTimeout(resolve, 10))
      }
      progress('done')
    })
    await work()
    await eventually(clock, () => log.count('task:completed') === 1, { step: 1 })
    expect(log.of('task:progress').map(({ progress }) => progress)).toEqual([1, 25, 50, 75, 100, 'done'])
    expect(log.names.at(-1)).toBe('task:completed')
  })

  test('that waited is told when its time has come, without another one', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, log } = processes(run)
    await work()
    await eventually(clock, () => contexts.length === 1)
    contexts[0]?.progress(1)
    contexts[0]?.progress(2)
    expect(log.of('task:progress').map(({ progress }) => progress)).toEqual([1])
    await clock.advance(250)
    expect(log.of('task:progress').map(({ progress }) => progress)).toEqual([1, 2])
    await clock.advance(1_000)
    expect(log.count('task:progress')).toBe(2)
    ends.resolve()
  })

  test('is not told once the attempt is over', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, log } = processes(run)
    await work()
    ends.resolve()
    await eventually(clock, () => log.count('task:completed') === 1)
    contexts[0]?.progress(1)
    contexts[0]?.log('too late')
    expect([log.count('task:progress'), log.count('task:log')]).toEqual([0, 0])
  })
})

describe('handle.progress()', () => {
  test('gives in another process what the handler told last, within a little more than a second', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, look, log } = processes(run)
    const { ids } = await work()
    const [id = ''] = ids
    await eventually(clock, () => contexts.length === 1)
    expect(await look(id)).toBeUndefined()
    contexts[0]?.progress({ percent: 40, step: 'half' })
    contexts[0]?.log('begun', { of: 2 })
    await clock.advance(200)
    expect(await look(id)).toEqual({
      attempt: 1,
      workerId: 'w',
      updatedAt: expect.any(Date),
      progress: { percent: 40, step: 'half' },
      percent: 40,
      log: [{ at: expect.any(Date), message: 'begun', fields: { of: 2 } }],
    })
    contexts[0]?.progress(75)
    await clock.advance(1_100)
    expect(await look(id)).toMatchObject({ progress: 75, percent: 75, log: [{ message: 'begun' }] })
    contexts[0]?.progress('all')
    ends.resolve()
    await eventually(clock, () => log.count('task:completed') === 1)
    await clock.advance(1_100)
    expect(await look(id)).toMatchObject({ progress: 'all', percent: undefined })
    await clock.advance(6 * 3_600_000)
    expect(await look(id)).toBeUndefined()
  })

  test('gives what the latest attempt told', async () => {
    const { clock, work, look, log } = processes(async ({ attempt, progress, log: say }) => {
      progress(attempt * 10)
      say(`attempt ${attempt}`)
      await new Promise<void>((resolve) => clock.setTimeout(resolve, 500))
      if (attempt < 3) throw new Error('not yet')
    })
    const { ids } = await work()
    await eventually(clock, () => log.count('task:completed') === 1)
    await clock.advance(2_000)
    expect(await look(ids[0] ?? '')).toMatchObject({
      attempt: 3,
      percent: 30,
      log: [{ message: 'attempt 3' }],
    })
  })

  test('is what it was when the task died, and begins anew when the dead task is retried', async () => {
    let isMended = false
    const { clock, work, look, log, job, tasq } = processes(({ log: say, attempt }) => {
      say(`attempt ${attempt}, ${isMended ? 'mended' : 'broken'}`)
      if (!isMended) throw new Error('broken')
    })
    const { ids } = await work()
    const [id = ''] = ids
    await eventually(clock, () => log.count('task:dead') === 1)
    await clock.advance(2_000)
    expect(await look(id)).toMatchObject({ attempt: 3, log: [{ message: 'attempt 3, broken' }] })
    isMended = true
    await tasq.handle(job, id).retry()
    await eventually(clock, () => log.count('task:completed') === 1)
    await clock.advance(2_000)
    expect(await look(id)).toMatchObject({ attempt: 1, log: [{ message: 'attempt 1, mended' }] })
  })

  test('needs a backend that shares state', async () => {
    const { driver, tasq, job } = processes(() => undefined)
    Object.defineProperty(driver, 'coordination', { value: undefined })
    await rejection(tasq.handle(job, 'any').progress(), UnsupportedError)
  })
})

describe('what is kept', () => {
  test('of many running tasks takes one write a second for a queue', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, look, records } = processes(run, 80)
    const { ids } = await work()
    await eventually(clock, () => contexts.length === 80)
    for (let tick = 0; tick < 100; tick++) {
      for (const context of contexts) context.progress(tick)
      await clock.advance(100)
    }
    await clock.advance(2_000)
    expect(records.writes).toBeLessThanOrEqual(12)
    expect(records.reads).toBe(0)
    for (const id of [ids[0], ids[79]]) expect(await look(id ?? '')).toMatchObject({ progress: 99 })
    ends.resolve()
  })

  test('is bounded: the last lines, cut, and no value that does not fit', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, look, store } = processes(run)
    const { ids } = await work()
    await eventually(clock, () => contexts.length === 1)
    const circle: { self?: unknown } = {}
    circle.self = circle
    const [context] = contexts
    for (let n = 0; n < 100; n++) context?.log(`${n} ${'🐢'.repeat(2_000)}`, { big: 'x'.repeat(5_000) })
    context?.log('round', circle)
    context?.progress('x'.repeat(10_000))
    await clock.advance(200)
    const kept = await look(ids[0] ?? '')
    expect(kept?.log.at(-1)).toMatchObject({ message: 'round', fields: undefined })
    expect(kept?.log.length).toBeGreaterThan(5)
    expect(kept?.log.length).toBeLessThanOrEqual(20)
    expect(kept?.progress).toBeUndefined()
    expect(
      Buffer.byteLength(
        [...store.records.values()].find(({ kind }) => kind.startsWith('progress:'))?.value ?? '',
      ),
    ).toBeLessThanOrEqual(32_000)
    ends.resolve()
  })

  test('is written when the worker stops', async () => {
    const { clock, work, look, log } = processes(({ progress }) => progress(100))
    const { worker, ids } = await work()
    await eventually(clock, () => log.count('task:completed') === 1, { step: 1 })
    await worker.stop()
    expect(await look(ids[0] ?? '')).toMatchObject({ percent: 100 })
  })

  test('waits while the backend can not be written to, and the task does not mind', async () => {
    const { contexts, run, ends } = puppet()
    const { clock, work, look, records, log } = processes(run)
    const { ids } = await work()
    await eventually(clock, () => contexts.length === 1)
    records.faults.push(unavailable(), unavailable())
    contexts[0]?.progress(1)
    await clock.advance(200)
    contexts[0]?.progress(2)
    await clock.advance(3_000)
    expect(await look(ids[0] ?? '')).toMatchObject({ progress: 2 })
    expect(log.of('worker:error').map(({ loop }) => loop)).toEqual(['progress', 'progress'])
    ends.resolve()
    await eventually(clock, () => log.count('task:completed') === 1)
  })

  test('is nothing, and nothing is written, where it is turned off or no handler asks for it', async () => {
    const off = processes(({ progress, log }) => {
      progress(1)
      log('said')
    })
    await off.work({ keepProgress: false })
    await eventually(off.clock, () => off.log.count('task:completed') === 1)
    await off.clock.advance(5_000)
    expect([off.records.writes, off.log.count('task:progress')]).toEqual([0, 1])
    const unused = processes(() => undefined)
    await unused.work()
    await unused.clock.advance(5_000)
    expect(unused.records.writes).toBe(0)
  })

  test.each([0, 999, '1 h', true])('keepProgress: %j is refused', (keepProgress) => {
    const { tasq } = processes(() => undefined)
    expect(() => tasq.worker({ keepProgress: keepProgress as '1h' })).toThrow(InvalidOptionError)
  })
})

describe('a late holder', () => {
  test('does not overwrite what the attempt after its own has told', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const contexts: TaskContext[] = []
    const job = defineTask({
      name: 'job',
      visibilityTimeout: '2s',
      retry: { delay: 0, jitter: 0 },
      run: async (_: undefined, context) => {
        contexts.push(context)
        context.progress(`told by ${context.workerId}`)
        await new Promise(() => undefined)
      },
    })
    const late = stage({ tasks: [job], clock, store })
    const next = stage({ tasks: [job], clock, store })
    const options = { shutdownTimeout: 0, abortGrace: 0 }
    await late.tasq.worker({ ...options, workerId: 'late' }).start()
    const { id } = await late.tasq.enqueue(job)
    await eventually(clock, () => contexts.length === 1)
    await clock.advance(1_500)
    const hangs = () => new Promise<never>(() => undefined)
    late.driver.always(hangs, 'extend', 'reserve', 'recover', 'settle')
    await next.tasq.worker({ ...options, workerId: 'next' }).start()
    await eventually(clock, () => contexts.length === 2)
    await clock.advance(1_500)
    contexts[0]?.progress('late')
    await clock.advance(3_000)
    const progress = await next.tasq.handle(job, id).progress()
    expect(progress).toMatchObject({ workerId: 'next', attempt: 2, progress: 'told by next' })
  })

  test('that has handed the task back writes nothing any more, since the next attempt has the same number', async () => {
    let runs = 0
    const { clock, work, look, log, records } = processes(({ progress }) => {
      if (++runs > 1) return undefined
      progress('before')
      return snooze(10)
    })
    const { ids } = await work()
    await eventually(clock, () => log.count('task:completed') === 1, { step: 1 })
    await clock.advance(2_000)
    expect([await look(ids[0] ?? ''), records.writes]).toEqual([undefined, 0])
  })
})
