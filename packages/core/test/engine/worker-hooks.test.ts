import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError, type WorkerOptions } from '../../src/index.ts'
import { only } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

function staged() {
  const seen: string[] = []
  const task = defineTask({ name: 'task', run: () => void seen.push('task') })
  const on = stage({ tasks: [task] })
  return { ...on, task, seen, note: (what: string) => () => void seen.push(what) }
}

describe('onStartup', () => {
  test('hooks are called in their order, before the first task [Q23, Q24]', async () => {
    const { clock, tasq, task, seen, note } = staged()
    await tasq.enqueue(task)
    const slow = async () => {
      await Promise.resolve()
      seen.push('slow')
    }
    const worker = tasq.worker({ onStartup: [slow, note('second')] })
    await worker.start()
    await eventually(clock, () => seen.length === 3)
    expect(seen).toEqual(['slow', 'second', 'task'])
  })

  test('a single one will do, and knows for whom it is called [Q24]', async () => {
    const contexts: unknown[] = []
    const { tasq, driver } = staged()
    const worker = tasq.worker({ queues: ['a', 'b'], onStartup: (context) => void contexts.push(context) })
    await worker.start()
    expect(contexts).toEqual([{ workerId: worker.id, queues: ['a', 'b'], driver }])
  })

  test('an error stops the start; it may be tried again [Q25]', async () => {
    const { clock, tasq, task, seen, note } = staged()
    await tasq.enqueue(task)
    let isBroken = true
    const fragile = () => {
      if (isBroken) throw new Error('no model')
    }
    const worker = tasq.worker({ onStartup: [fragile, note('second')] })
    await expect(worker.start()).rejects.toThrow('no model')
    await clock.advance(10_000)
    expect([worker.state, seen]).toEqual(['created', []])
    isBroken = false
    await worker.start()
    await eventually(clock, () => seen.length === 2)
    expect(seen).toEqual(['second', 'task'])
  })
})

describe('onShutdown', () => {
  test('hooks are called once the work is over [Q23]', async () => {
    const { clock, tasq, task, seen, note } = staged()
    const worker = tasq.worker({ onShutdown: [note('one'), note('two')] })
    await worker.start()
    await tasq.enqueue(task)
    await eventually(clock, () => seen.length === 1)
    await settled(clock, worker.stop())
    await worker.stop()
    expect(seen).toEqual(['task', 'one', 'two'])
  })

  test('an error is told, and stops nothing [Q25]', async () => {
    const { clock, tasq, log, seen, note } = staged()
    const problem = new Error('no disk')
    const broken = async () => {
      throw problem
    }
    const worker = tasq.worker({ onShutdown: [broken, note('two')] })
    await worker.start()
    await settled(clock, worker.stop())
    expect([worker.state, seen]).toEqual(['stopped', ['two']])
    expect(only(log.of('worker:error'))).toMatchObject({ loop: 'onShutdown', error: problem })
  })

  test('one that hangs is not waited for longer than 10 s', async () => {
    const { clock, tasq } = staged()
    const worker = tasq.worker({ onShutdown: () => new Promise(() => {}) })
    await worker.start()
    const before = clock.monotonic()
    await settled(clock, worker.stop())
    expect(clock.monotonic() - before).toBeLessThanOrEqual(10_100)
  })

  test('a worker that never started calls none', async () => {
    const { tasq, seen, note } = staged()
    await tasq.worker({ onShutdown: note('never') }).stop()
    expect(seen).toEqual([])
  })
})

test.each<[WorkerOptions]>([[{ onStartup: 'load' as never }], [{ onShutdown: [() => {}, 7 as never] }]])(
  '%o is refused',
  (options) => {
    const { tasq } = staged()
    expect(() => tasq.worker(options)).toThrow(InvalidOptionError)
  },
)
