import { threadId } from 'node:worker_threads'
import { describe, expect, test } from 'vitest'
import { defineTask, typed } from '../../src/index.ts'
import { HANDLERS, KINDS, liveStage, type Place, taskOf } from '../support/live-stage.ts'
import { only } from '../support/present.ts'
import { selfMade } from './modules/definitions.ts'

describe.each(KINDS)('a handler in a %s', (kind) => {
  test('runs outside of the event loop of its worker, and gives its result [C22, U2, U3]', async () => {
    const where = taskOf<void, Place>('where', kind)
    const { tasq } = liveStage([where])
    await tasq.worker().start()
    const place = await (await tasq.enqueue(where)).result()
    const isHere = { process: place.pid === process.pid, thread: place.threadId === threadId }
    expect(isHere).toEqual(
      kind === 'thread'
        ? { process: true, thread: false }
        : { process: false, thread: place.threadId === threadId },
    )
  })

  test('receives and gives plain data as it is', async () => {
    const echo = taskOf<unknown, unknown>('echo', kind)
    const { tasq } = liveStage([echo])
    await tasq.worker().start()
    const input = {
      text: 'ü',
      nested: [1, 2.5, null, true],
      at: new Date(0),
      bytes: new Uint8Array([1, 2, 3]),
    }
    expect(await (await tasq.enqueue(echo, input)).result()).toEqual(input)
  })

  test('receives and gives megabytes', async () => {
    const backwards = taskOf<Uint8Array, Uint8Array>('backwards', kind)
    const { tasq } = liveStage([backwards])
    await tasq.worker().start()
    const bytes = new Uint8Array(8 * 1_048_576).map((_, index) => index % 251)
    const result = await (await tasq.enqueue(backwards, bytes)).result()
    expect(Buffer.compare(result, bytes.toReversed())).toBe(0)
  })

  test('wants tasks done after it, which are stored once it has completed', async () => {
    const [follows, echo] = [taskOf<string, string>('follows', kind), taskOf('echo')]
    const { tasq, log } = liveStage([follows, echo])
    await tasq.worker({ queues: ['default'] }).start()
    const failed = await tasq.enqueue(follows, 'fails')
    await expect(failed.result()).rejects.toThrow('failed after all')
    expect(await tasq.queue('after').counts()).toMatchObject({ ready: 0 })
    const id = await (await tasq.enqueue(follows, 'well')).result()
    const { items } = await tasq.queue('after').tasks('ready')
    expect(items.map((item) => [item.id, item.task])).toEqual([[id, 'echo']])
    expect(log.of('task:enqueued').at(-1)).toMatchObject({ id })
  })

  test.each([
    ['unknown', 'nobody-knows'],
    ['unsendable', 'could not be cloned'],
  ])('hears what is wrong with a follow-up: %s', async (how, problem) => {
    const follows = taskOf<string, string>('follows', kind)
    const { tasq } = liveStage([follows, taskOf('echo')])
    await tasq.worker().start()
    await expect((await tasq.enqueue(follows, how)).result()).rejects.toThrow(problem)
  })

  test('knows of its attempt what it would know here, and tells its progress and its logs', async () => {
    const told = taskOf<{ steps: number }, unknown>('tells', kind, { maxAttempts: 2 })
    const { tasq, log } = liveStage([told])
    const worker = tasq.worker()
    await worker.start()
    const options = { headers: { trace: 'abc' }, priority: 'high' } as const
    const handle = await tasq.enqueue(told, { steps: 3 }, options)
    expect(await handle.result()).toEqual({
      id: handle.id,
      task: 'tells',
      queue: 'default',
      attempt: 1,
      maxAttempts: 2,
      isLastAttempt: false,
      priority: expect.any(Number),
      headers: { trace: 'abc' },
      enqueuedAt: expect.any(Date),
      workerId: worker.id,
    })
    // Told no more than four times a second: the first and the last.
    expect(log.of('task:progress').map(({ progress }) => progress)).toEqual([{ step: 1 }, { step: 3 }])
    expect(only(log.of('task:log'))).toMatchObject({ id: handle.id, message: 'told', fields: { steps: 3 } })
  })

  test('may put its task off, or discard it', async () => {
    const ends = taskOf<'snooze' | 'discard', unknown>('ends', kind)
    const { tasq, log } = liveStage([ends])
    await tasq.worker().start()
    await tasq.enqueueMany(ends, ['snooze', 'discard'])
    await expect.poll(() => log.of('task:released')).toMatchObject([{ cause: 'snoozed', delayMs: 3_600_000 }])
    await expect.poll(() => log.of('task:cancelled')).toMatchObject([{ reason: 'no longer wanted' }])
  })

  test('may hold its queue', async () => {
    const ends = taskOf<'limit', unknown>('ends', kind)
    const where = taskOf<void, Place>('where', kind)
    const { tasq, log } = liveStage([ends, where])
    await tasq.worker().start()
    await tasq.enqueue(ends, 'limit')
    await expect.poll(() => log.of('task:released')).toMatchObject([{ delayMs: 3_600_000 }])
    await tasq.enqueue(where)
    await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ ready: 1, active: 0 })
    expect(log.count('task:started')).toBe(1)
  })

  test('may hold the group of its task', async () => {
    const ends = taskOf<'limit-group', unknown>('ends', kind)
    const where = taskOf<void, Place>('where', kind)
    const { tasq, log } = liveStage([ends, where])
    await tasq.worker().start()
    await tasq.enqueue(ends, 'limit-group', { group: 'busy' })
    await expect.poll(() => log.of('task:released')).toMatchObject([{ delayMs: 3_600_000 }])
    await tasq.enqueue(where, undefined, { group: 'busy' })
    await expect.poll(() => tasq.queue('default').counts()).toMatchObject({ scheduled: 2 })
    await tasq.enqueue(where, undefined, { group: 'idle' })
    await expect.poll(() => log.count('task:completed')).toBe(1)
    expect(log.count('task:started')).toBe(2)
  })

  test('need not give what can be sent where nobody wants it', async () => {
    const unsendable = taskOf<void, unknown>('unsendable', kind)
    const unwanted = defineTask({ name: 'unwanted', execution: kind, module: HANDLERS, export: 'unsendable' })
    const { tasq, log } = liveStage([unsendable, unwanted])
    await tasq.worker().start()
    await tasq.enqueue(unwanted)
    await expect.poll(() => log.count('task:completed')).toBe(1)
    await tasq.enqueue(unsendable)
    await expect
      .poll(() => log.of('task:dead'))
      .toMatchObject([{ reason: 'permanent', failure: { code: 'TASQ_UNENCODABLE' } }])
  })
})

describe('where a handler runs', () => {
  test('is for its worker to say where it has a module and does not say itself', async () => {
    const open = taskOf<void, Place>('where')
    const fixed = defineTask({ ...declared('fixed'), execution: 'inline' })
    const local = defineTask({ name: 'local', keepResult: true, run: () => ({ pid: process.pid, threadId }) })
    const { tasq } = liveStage([open, fixed, local])
    await tasq.worker({ execution: 'process' }).start()
    expect(await (await tasq.enqueue(open)).result()).not.toMatchObject({ pid: process.pid })
    expect(await (await tasq.enqueue(fixed)).result()).toEqual({ pid: process.pid, threadId })
    expect(await (await tasq.enqueue(local)).result()).toEqual({ pid: process.pid, threadId })
  })

  test('is the event loop where nobody says more than the module [C22, Q14]', async () => {
    const where = taskOf<void, Place>('where')
    const { tasq } = liveStage([where])
    await tasq.worker().start()
    expect(await (await tasq.enqueue(where)).result()).toEqual({ pid: process.pid, threadId })
  })
})

describe('the export that is called [U21]', () => {
  test('is the default one where none is named', async () => {
    const module = new URL('./modules/by-default.ts', import.meta.url)
    const greet = defineTask({
      name: 'greet',
      execution: 'thread',
      module,
      input: typed<string>(),
      keepResult: true,
    })
    const { tasq } = liveStage([greet])
    await tasq.worker().start()
    expect(await (await tasq.enqueue(greet, 'Ada')).result()).toBe('hello Ada')
  })

  test('is the definition of the task where the module has it', async () => {
    const { tasq } = liveStage([selfMade])
    await tasq.worker().start()
    const handle = await tasq.enqueue(selfMade, 'Ada', { keepResult: '1m' })
    expect(await handle.result()).toBe('hello Ada from thread true')
  })
})

function declared(name: string) {
  return { name, module: HANDLERS, export: 'where', keepResult: true } as const
}
