import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { type Codec, defineTask, discard, jsonCodec, PermanentError, snooze, typed } from '../../src/index.ts'
import { only, present } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

describe('a handler that returns', () => {
  test('completes its task, which leaves', async () => {
    const { clock, tasq, log, store } = stage({ tasks: [defineTask({ name: 'plain', run: () => 'done' })] })
    await tasq.worker().start()
    await tasq.enqueue('plain')
    await eventually(clock, () => log.count('task:completed') === 1)
    expect([store.live.size, store.finished.size, store.dead.size]).toEqual([0, 0, 0])
  })

  test('snooze puts its task off, without an attempt, as often as it likes', async () => {
    const attempts: number[] = []
    const sleepy = defineTask({
      name: 'sleepy',
      retry: { maxAttempts: 1 },
      run: (_, { attempt, isLastAttempt }) => {
        attempts.push(attempt)
        expect(isLastAttempt).toBe(true)
        return attempts.length < 4 ? snooze('5m') : undefined
      },
    })
    const { clock, tasq, log } = stage({ tasks: [sleepy] })
    await tasq.worker().start()
    await tasq.enqueue(sleepy)
    const took = await eventually(clock, () => log.count('task:completed') === 1, {
      within: 1_000_000,
      step: 1_000,
    })
    expect(attempts).toEqual([1, 1, 1, 1])
    expect(took).toBe(900_000)
    expect(log.of('task:released')).toMatchObject(Array(3).fill({ cause: 'snoozed', delayMs: 300_000 }))
  })

  test('discard cancels its task: no retry, no dead letter', async () => {
    const moot = defineTask({ name: 'moot', run: async () => discard('no longer wanted') })
    const { clock, tasq, log, store } = stage({ tasks: [moot] })
    await tasq.worker().start()
    await tasq.enqueue(moot)
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(only(log.of('task:cancelled')).reason).toBe('no longer wanted')
    expect([store.live.size, store.dead.size, log.count('task:failed')]).toEqual([0, 0, 0])
  })
})

describe('a handler that throws', () => {
  test('is retried with the delays of its policy, until it is exhausted [A40, U23]', async () => {
    const startedAt: number[] = []
    const broken = defineTask({
      name: 'broken',
      retry: { maxAttempts: 5, delay: '30s', jitter: 0 },
      run: (_, { attempt }) => {
        startedAt.push(clock.monotonic())
        throw new Error(`attempt ${attempt}`)
      },
    })
    const { clock, tasq, log, store } = stage({ tasks: [broken] })
    await tasq.worker().start()
    const { id } = await tasq.enqueue(broken)
    await eventually(clock, () => log.count('task:dead') === 1, { within: 600_000, step: 1_000 })
    expect(startedAt).toEqual([0, 30_000, 90_000, 210_000, 450_000])
    expect(log.of('task:retrying').map(({ delayMs }) => delayMs)).toEqual([30_000, 60_000, 120_000, 240_000])
    const { letter } = present(store.dead.get(id))
    expect(letter).toMatchObject({
      reason: 'exhausted',
      attempts: 5,
      failure: { message: 'attempt 5', attempt: 5 },
    })
    expect(letter.history?.failures?.map(({ message }) => message)).toEqual(
      [1, 2, 3, 4, 5].map((attempt) => `attempt ${attempt}`),
    )
  })

  test('is retried three times, each a minute later, where its wait is fixed to that [U24]', async () => {
    const startedAt: number[] = []
    const broken = defineTask({
      name: 'broken',
      retry: { maxAttempts: 4, strategy: 'fixed', delay: '60s', jitter: 0 },
      run: () => {
        startedAt.push(clock.monotonic())
        throw new Error('again')
      },
    })
    const { clock, tasq, log } = stage({ tasks: [broken] })
    await tasq.worker().start()
    await tasq.enqueue(broken)
    await eventually(clock, () => log.count('task:dead') === 1, { within: 600_000, step: 1_000 })
    expect(startedAt).toEqual([0, 60_000, 120_000, 180_000])
  })

  test('something that is no error is retried as well, and described', async () => {
    const odd = defineTask({
      name: 'odd',
      retry: { maxAttempts: 1 },
      run: () => {
        throw { code: 7 }
      },
    })
    const { clock, tasq, log } = stage({ tasks: [odd] })
    await tasq.worker().start()
    await tasq.enqueue(odd)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(only(log.of('task:dead')).failure).toMatchObject({ name: 'NonError', message: '{"code":7}' })
  })

  test('an error that is hostile to its readers harms the worker as little as any other', async () => {
    const hostile = defineTask({
      name: 'hostile',
      retry: { maxAttempts: 1 },
      run: () => {
        throw Object.assign(new Error('x'), { message: undefined })
      },
    })
    const { clock, tasq, log } = stage({ tasks: [hostile] })
    await tasq.worker().start()
    await tasq.enqueue(hostile)
    await eventually(clock, () => log.count('task:dead') === 1, { within: 1_000 })
  })

  test('PermanentError, or a subclass of it, goes to the dead letters at once', async () => {
    class NoSuchFile extends PermanentError {}
    const fatal = defineTask({
      name: 'fatal',
      run: () => {
        throw new NoSuchFile('no such file')
      },
    })
    const { clock, tasq, log } = stage({ tasks: [fatal] })
    await tasq.worker().start()
    await tasq.enqueue(fatal)
    await eventually(clock, () => log.count('task:dead') === 1, { within: 1_000 })
    expect(only(log.of('task:dead'))).toMatchObject({ reason: 'permanent', failure: { name: 'NoSuchFile' } })
    expect(log.count('task:started')).toBe(1)
  })
})

describe('a result', () => {
  test('that its schema forbids fails the attempt', async () => {
    const wrong = defineTask({
      name: 'wrong',
      retry: { maxAttempts: 1 },
      output: z.object({ bytes: z.number().positive() }),
      run: () => ({ bytes: -1 }),
    })
    const { clock, tasq, log } = stage({ tasks: [wrong] })
    await tasq.worker().start()
    await tasq.enqueue(wrong)
    await eventually(clock, () => log.count('task:dead') === 1)
    expect(only(log.of('task:dead'))).toMatchObject({
      reason: 'exhausted',
      failure: { code: 'TASQ_INVALID_INPUT', message: expect.stringContaining('The result of task') },
    })
  })

  test.each<[string, string, () => unknown]>([
    ['that cannot be encoded', 'TASQ_UNENCODABLE', () => () => 1],
    ['that is too large', 'TASQ_PAYLOAD_TOO_LARGE', () => 'x'.repeat(2_000)],
  ])('%s is dead at once: running it again would not help', async (_, code, run) => {
    const kept = defineTask({ name: 'kept', keepResult: true, run })
    const { clock, tasq, log } = stage({ tasks: [kept], limits: { maxPayloadBytes: 1_000 } })
    await tasq.worker().start()
    await tasq.enqueue(kept)
    await eventually(clock, () => log.count('task:dead') === 1, { within: 1_000 })
    expect(only(log.of('task:dead'))).toMatchObject({ reason: 'permanent', failure: { code } })
  })

  test('that nobody keeps need not be encodable', async () => {
    const loose = defineTask({ name: 'loose', run: () => () => 1 })
    const { clock, tasq, log } = stage({ tasks: [loose] })
    await tasq.worker().start()
    await tasq.enqueue(loose)
    await eventually(clock, () => log.count('task:completed') === 1)
    expect(log.count('task:dead')).toBe(0)
  })
})

test('an attempt goes through its steps in order: taken, read, checked, run, its result checked and written, stored, told [U20]', async () => {
  const steps: string[] = []
  const note = (step: string) => (value: number) => {
    steps.push(step)
    return value
  }
  const codec: Codec = {
    contentType: 'noted',
    encode: (value) => {
      steps.push('written')
      return jsonCodec.encode(value)
    },
    decode: (bytes) => {
      steps.push('read')
      return jsonCodec.decode(bytes)
    },
  }
  const double = defineTask({
    name: 'double',
    keepResult: true,
    input: z.number().transform(note('input checked')),
    output: z.number().transform(note('result checked')),
    run: (n) => 2 * note('run')(n),
  })
  const { clock, tasq, log, driver } = stage({ tasks: [double], codec })
  await tasq.enqueue(double, 21)
  steps.length = 0
  driver.next('reserve', async (work) => {
    steps.push('taken')
    return await work()
  })
  driver.next('settle', async (work) => {
    steps.push('stored')
    return await work()
  })
  tasq.events.on('task:completed', () => void steps.push('told'))
  await tasq.worker().start()
  await eventually(clock, () => log.count('task:completed') === 1)
  const before = ['taken', 'read', 'input checked']
  expect(steps).toEqual([...before, 'run', 'result checked', 'written', 'stored', 'told'])
})

test('the context tells the handler what it is', async () => {
  const seen: unknown[] = []
  const curious = defineTask({
    name: 'curious',
    queue: 'odd',
    input: typed<string>(),
    retry: { maxAttempts: 2, delay: 0 },
    run: (input, context) => {
      const {
        id,
        task,
        queue,
        attempt,
        maxAttempts,
        isLastAttempt,
        priority,
        headers,
        enqueuedAt,
        workerId,
      } = context
      seen.push({
        input,
        id,
        task,
        queue,
        attempt,
        maxAttempts,
        isLastAttempt,
        priority,
        headers,
        enqueuedAt,
        workerId,
      })
      if (attempt === 1) throw new Error('again')
    },
  })
  const { clock, tasq, log } = stage({ tasks: [curious] })
  const enqueuedAt = new Date(clock.now())
  const { id } = await tasq.enqueue(curious, 'x', { priority: 'low', headers: { a: '1' } })
  await clock.advance(500)
  await tasq.worker({ workerId: 'worker-1' }).start()
  await eventually(clock, () => log.count('task:completed') === 1)
  const both = {
    input: 'x',
    id,
    task: 'curious',
    queue: 'odd',
    maxAttempts: 2,
    priority: -50,
    workerId: 'worker-1',
  }
  expect(seen).toEqual([
    { ...both, attempt: 1, isLastAttempt: false, headers: { a: '1' }, enqueuedAt },
    { ...both, attempt: 2, isLastAttempt: true, headers: { a: '1' }, enqueuedAt },
  ])
})

test('a handler may enqueue and wait for other tasks of the same worker', async () => {
  const inner = defineTask({ name: 'inner', keepResult: true, run: (n: number) => n + 1 })
  let runInner: ((n: number) => Promise<number>) | undefined
  const outer = defineTask({
    name: 'outer',
    keepResult: true,
    run: async (n: number) => present(await runInner?.(n)) * 10,
  })
  const { clock, tasq } = stage({ tasks: [inner, outer] })
  runInner = async (n) => (await tasq.enqueue(inner, n)).result()
  await tasq.worker().start()
  expect(await settled(clock, (await tasq.enqueue(outer, 1)).result())).toBe(20)
})
