import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ClosedError, createTasq, defineTask, InvalidOptionError, typed } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { fails, hangs, refusal, waitsFor } from '../support/faulty-driver.ts'
import { rejection, thrown } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: typed<number>(), keepResult: true })
const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('opening', () => {
  test('happens once, on the first use, whoever comes first [A23]', async () => {
    const { tasq, driver } = stage()
    expect(driver.count('open')).toBe(0)
    await Promise.all([tasq.enqueue(work, 1), tasq.open(), tasq.queue('default').counts()])
    await tasq.open()
    expect(driver.count('open')).toBe(1)
  })

  test('that fails is told, and is tried again by the next use', async () => {
    const { tasq, driver } = stage()
    driver.next('open', fails(refusal('no such host')))
    await expect(tasq.open()).rejects.toThrow('no such host')
    await tasq.open()
    expect((await tasq.enqueue(work, 1)).status).toBe('created')
    expect(driver.count('open')).toBe(2)
  })

  test('that fails for now does not fail an enqueue, which tries again', async () => {
    const { clock, tasq, driver, log } = stage()
    driver.next('open', fails(), fails())
    expect((await settled(clock, tasq.enqueue(work, 1))).status).toBe('created')
    expect(log.count('client:retry')).toBe(2)
  })

  test('that fails for good fails an enqueue at once', async () => {
    const { tasq, driver } = stage()
    driver.next('open', fails(refusal('wrong password')))
    await expect(tasq.enqueue(work, 1)).rejects.toThrow('wrong password')
  })
})

describe('closing', () => {
  test('writes what waits to be written before it lets go of the backend', async () => {
    const { tasq, driver, store } = stage()
    const gate = Promise.withResolvers<void>()
    driver.next('enqueue', waitsFor(gate.promise))
    const first = tasq.enqueue(work, 1)
    await turn()
    const second = tasq.enqueue(work, 2)
    const closed = tasq.close()
    await turn()
    expect(driver.count('close')).toBe(0)
    gate.resolve()
    await Promise.all([first, second, closed])
    expect([store.live.size, driver.count('close')]).toEqual([2, 1])
  })

  test('carries an enqueueMany through that was called before, all its chunks', async () => {
    const { tasq, driver, store } = stage({ limits: { maxBatch: 2 } })
    const gate = Promise.withResolvers<void>()
    driver.next('enqueue', waitsFor(gate.promise))
    const enqueued = tasq.enqueueMany(work, [1, 2, 3, 4, 5])
    await turn()
    const closed = tasq.close()
    gate.resolve()
    await Promise.all([enqueued, closed])
    expect(store.live.size).toBe(5)
  })

  test('carries an enqueue through whose schema takes its time, and never opens the backend again', async () => {
    const { tasq, driver, store } = stage()
    const gate = Promise.withResolvers<void>()
    const slow = defineTask({
      name: 'slow',
      input: z.number().refine(async () => {
        await gate.promise
        return true
      }),
    })
    const enqueued = tasq.enqueue(slow, 1)
    const closed = tasq.close()
    gate.resolve()
    await Promise.all([enqueued, closed])
    expect(store.live.size).toBe(1)
    expect([driver.count('open'), driver.count('close')]).toEqual([1, 1])
  })

  test('stops the workers of the app first [A37]', async () => {
    const gate = Promise.withResolvers<void>()
    const slow = defineTask({ name: 'slow', run: () => gate.promise })
    const { clock, tasq, driver, log } = stage({ tasks: [slow] })
    const worker = tasq.worker()
    await worker.start()
    await tasq.enqueue(slow)
    await eventually(clock, () => log.count('task:started') === 1)
    const closed = tasq.close()
    await clock.settle()
    expect([worker.state, driver.count('close')]).toEqual(['stopping', 0])
    gate.resolve()
    await settled(clock, closed)
    expect([worker.state, driver.count('close'), log.count('task:completed')]).toEqual(['stopped', 1, 1])
  })

  test('twice closes once [A23]', async () => {
    const { tasq, driver } = stage()
    await tasq.open()
    await Promise.all([tasq.close(), tasq.close()])
    await tasq.close()
    expect(driver.count('close')).toBe(1)
  })

  test('what was never opened touches nothing', async () => {
    const { tasq, driver } = stage()
    await tasq.close()
    expect([driver.count('open'), driver.count('close')]).toEqual([0, 0])
  })

  test('does not wait for ever for a connection that is never made', async () => {
    const { clock, tasq, driver } = stage()
    driver.always(hangs, 'open')
    void tasq.open().catch(() => undefined)
    await settled(clock, tasq.close(), { within: 6_000 })
    expect(driver.count('close')).toBe(1)
  })

  test('is what await using does at the end of its block [S9]', async () => {
    const driver = memory()
    {
      await using tasq = createTasq({ driver })
      await tasq.enqueue(work, 1)
    }
    await expect(driver.enqueue({ callId: 'x', tasks: [] })).rejects.toThrow(ClosedError)
  })
})

describe('after it was closed', () => {
  test('an app refuses every use, and never opens the backend again', async () => {
    const { tasq, driver } = stage({ tasks: [work] })
    const handle = await tasq.enqueue(work, 1)
    const queue = tasq.queue('default')
    await tasq.close()
    const uses: readonly (() => Promise<unknown>)[] = [
      () => tasq.enqueue(work, 1),
      () => tasq.enqueue('work', 1),
      () => tasq.enqueueMany(work, [1]),
      () => tasq.open(),
      () => tasq.queues(),
      () => queue.counts(),
      () => queue.tasks('ready'),
      () => queue.purge(),
      () => queue.deadLetters.count(),
      () => queue.deadLetters.list(),
      () => queue.deadLetters.retry(),
      () => queue.deadLetters.purge(),
      () => handle.inspect(),
      () => handle.cancel(),
      () => handle.promote(),
      () => handle.remove(),
      () => handle.retry(),
      () => handle.result(),
    ]
    for (const use of uses) {
      const error = await rejection(use(), ClosedError)
      expect(error).toMatchObject({ code: 'TASQ_CLOSED', nextStep: 'Make a new one.' })
    }
    expect(driver.count('open')).toBe(1)
  })

  test('an app that was never used is not opened by a later use', async () => {
    const { tasq, driver } = stage({ tasks: [work] })
    await tasq.close()
    await rejection(tasq.queue('default').counts(), ClosedError)
    await rejection(tasq.handle(work, 'some-id').inspect(), ClosedError)
    expect(driver.count('open')).toBe(0)
  })

  test('an app makes no workers, and those it made do not start', async () => {
    const runnable = defineTask({ name: 'runnable', run: () => undefined })
    const { tasq } = stage({ tasks: [runnable] })
    const worker = tasq.worker()
    await tasq.close()
    expect(() => tasq.worker()).toThrow(ClosedError)
    await rejection(worker.start(), ClosedError)
    expect(worker.state).toBe('stopped')
  })

  test('whoever still waits for a result is told at once', async () => {
    const { clock, tasq } = stage()
    const handle = await tasq.enqueue(work, 1)
    const waiting = rejection(handle.result({ timeout: '1h' }), ClosedError)
    await clock.settle()
    await tasq.close()
    const { code } = await waiting // with no time passing
    expect(code).toBe('TASQ_CLOSED')
  })
})

test.each([undefined, null, 'sqlite', {}])(
  '%j is no driver, and the error says what would be one [A24]',
  (driver) => {
    const wrong: unknown = driver
    const error = thrown(() => createTasq({ driver: wrong as ReturnType<typeof memory> }), InvalidOptionError)
    expect(error.option).toBe('driver')
    expect(error.message).toContain("sqlite('tasq.db')")
  },
)

test('impossible defaults are refused where they are given', () => {
  const make = () => createTasq({ driver: memory(), defaults: { priority: 500 } })
  expect(thrown(make, InvalidOptionError).option).toBe('priority')
})
