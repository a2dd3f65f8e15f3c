import { hostname } from 'node:os'
import { describe, expect, test } from 'vitest'
import { defineTask, InvalidOptionError } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { hangs, losesAnswer } from '../support/faulty-driver.ts'
import { eventually, stage } from '../support/stage.ts'

function processes(count: number) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const work = defineTask({ name: 'work', run: (ms: number) => sleep(clock, ms) })
  const stages = Array.from({ length: count }, () => stage({ clock, store, tasks: [work] }))
  const [first, second = stages[0]] = stages
  if (first === undefined || second === undefined) throw new Error('no process')
  return { clock, store, stages, first, second }
}

describe('presence', () => {
  test('workers of all processes are listed, with what they do [C29, C30, U12]', async () => {
    const { clock, first, second } = processes(2)
    await first.tasq.worker({ workerId: 'one', queues: ['a', 'b'], concurrency: 3 }).start()
    await second.tasq.worker({ workerId: 'two', clusterId: 'other' }).start()
    await first.tasq.enqueue('work', 3_600_000, { queue: 'a' })
    await first.tasq.enqueue('work', 1, { queue: 'b' })
    await clock.advance(20_500)
    const workers = await second.tasq.workers.list()
    expect(workers.map(({ workerId, clusterId }) => [workerId, clusterId])).toEqual([
      ['one', 'default'],
      ['two', 'other'],
    ])
    expect(workers[0]).toMatchObject({
      queues: ['a', 'b'],
      concurrency: 3,
      state: 'running',
      activeTasks: 1,
      tasksProcessed: 1,
      tasksFailed: 0,
      uptimeMs: 20_000,
      pid: process.pid,
      hostname: hostname(),
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      heartbeatAt: new Date(clock.now() - 500),
    })
    expect((await first.tasq.workers.list({ clusterId: 'other' })).length).toBe(1)
    expect((await first.tasq.workers.get('two'))?.workerId).toBe('two')
    expect(await first.tasq.workers.get('three')).toBeUndefined()
  })

  test('what changes is told at once: that it runs, leads, is paused or resized, and stops', async () => {
    const { clock, first, second } = processes(2)
    const worker = first.tasq.worker({ workerId: 'one', heartbeatInterval: '1h', heartbeatTtl: '2h' })
    const told = async () => {
      await clock.advance(100)
      return await second.tasq.workers.get('one')
    }
    await worker.start()
    expect(await told()).toMatchObject({ state: 'running', isLeader: true, concurrency: 10 })
    worker.pause()
    expect(await told()).toMatchObject({ state: 'paused' })
    worker.resume()
    worker.setConcurrency(3)
    await first.tasq.enqueue('work', 5_000)
    expect(await told()).toMatchObject({ state: 'running', concurrency: 3 })
    const stopped = worker.stop()
    expect(await told()).toMatchObject({ state: 'stopping' })
    await clock.advance(10_000)
    await stopped
    expect(await told()).toBeUndefined()
  })

  test('a worker that stops is gone at once, one that died when its time is over [C18]', async () => {
    const { clock, first, second } = processes(2)
    const stops = first.tasq.worker({ workerId: 'stops' })
    await stops.start()
    await second.tasq.worker({ workerId: 'dies', heartbeatInterval: '1s', heartbeatTtl: '5s' }).start()
    await clock.advance(1_100)
    await stops.stop()
    expect((await first.tasq.workers.list()).map(({ workerId }) => workerId)).toEqual(['dies'])
    second.driver.always(hangs, 'writeRecords')
    await clock.advance(4_000)
    expect((await first.tasq.workers.list()).length).toBe(1)
    await clock.advance(1_500)
    expect(await first.tasq.workers.list()).toEqual([])
  })

  test('workers that are silent for long can be forgotten before [C33]', async () => {
    const { clock, first, second } = processes(2)
    await second.tasq.worker({ workerId: 'silent', heartbeatTtl: '10m' }).start()
    await first.tasq.worker({ workerId: 'lively' }).start()
    await clock.settle()
    second.driver.always(hangs, 'writeRecords')
    await clock.advance(61_000)
    expect(await first.tasq.workers.cleanup('90s')).toBe(0)
    expect(await first.tasq.workers.cleanup('60s')).toBe(1)
    expect((await first.tasq.workers.list()).map(({ workerId }) => workerId)).toEqual(['lively'])
  })

  test('a heartbeat is told in its own process once a minute [A28, A44]', async () => {
    const { clock, first } = processes(1)
    await first.tasq.worker({ workerId: 'one' }).start()
    await clock.advance(120_100)
    expect(first.log.of('worker:heartbeat')).toMatchObject([
      { workerId: 'one', uptimeMs: 60_000 },
      { workerId: 'one', uptimeMs: 120_000 },
    ])
  })

  test('or as often as it says [A28]', async () => {
    const { clock, first } = processes(1)
    await first.tasq.worker({ heartbeatEvents: '10s' }).start()
    await clock.advance(30_100)
    const told = first.log.of('worker:heartbeat')
    expect(told.map(({ uptimeMs }) => uptimeMs)).toEqual([10_000, 20_000, 30_000])
  })

  test('a time to live that is not longer than the interval is refused', () => {
    const { first } = processes(1)
    const make = () => first.tasq.worker({ heartbeatInterval: '10s', heartbeatTtl: '10s' })
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow('heartbeatInterval')
    expect(() => first.tasq.worker({ clusterId: '' })).toThrow('clusterId')
  })
})

describe('orders from another process', () => {
  test('a worker is paused, resumed, resized and stopped by its id, and others are not [Q19]', async () => {
    const { clock, first, second } = processes(2)
    const [told, other] = ['told', 'other'].map((workerId) =>
      second.tasq.worker({ workerId, concurrency: 1 }),
    )
    if (told === undefined || other === undefined) throw new Error('no worker')
    await told.start()
    await other.start()
    const { workers } = first.tasq
    await workers.pause('told')
    await eventually(clock, () => told.state === 'paused', { within: 300 })
    await workers.resume('told')
    await eventually(clock, () => told.state === 'running', { within: 300 })
    await workers.setConcurrency('told', 5)
    await other.stop()
    await clock.advance(300)
    await first.tasq.enqueueMany('work', [1_000, 1_000, 1_000, 1_000, 1_000, 1_000])
    await clock.advance(500)
    expect(second.log.count('task:started')).toBe(5)
    await workers.stop('told')
    await eventually(clock, () => told.state === 'stopped')
    expect(second.log.count('task:completed')).toBe(5)
  })

  test('without waiting, a stop hands back what runs', async () => {
    const { clock, first, second } = processes(2)
    const worker = second.tasq.worker({ workerId: 'told', abortGrace: 10 })
    await worker.start()
    await first.tasq.enqueue('work', 3_600_000)
    await eventually(clock, () => second.log.count('task:started') === 1)
    await first.tasq.workers.stop('told', { wait: false })
    await eventually(clock, () => worker.state === 'stopped', { within: 1_000 })
    expect(second.log.count('task:released')).toBe(1)
  })

  test('an order is obeyed once, though the answer to its taking is lost', async () => {
    const { clock, first, second } = processes(2)
    const worker = second.tasq.worker({ workerId: 'told' })
    await worker.start()
    await clock.advance(100)
    second.driver.next('writeRecords', losesAnswer())
    await first.tasq.workers.pause('told')
    await clock.advance(2_000)
    await first.tasq.workers.resume('told')
    await clock.advance(2_000)
    expect(worker.state).toBe('running')
    expect(second.log.count('worker:paused')).toBeLessThanOrEqual(1)
  })

  test('an order to a worker that is not there harms nobody, and is forgotten', async () => {
    const { clock, store, first } = processes(1)
    await first.tasq.workers.pause('nobody')
    await first.tasq.worker({ workerId: 'somebody' }).start()
    await clock.advance(61_000)
    expect((await first.driver.coordination.read('control')).records).toEqual([])
    expect(store.live.size).toBe(0)
    await expect(first.tasq.workers.setConcurrency('somebody', 0)).rejects.toThrow('concurrency')
  })
})

describe('leadership', () => {
  const leaders = async (process: ReturnType<typeof stage>) =>
    (await process.tasq.workers.list()).filter(({ isLeader }) => isLeader).map(({ workerId }) => workerId)

  test('one worker of each cluster leads [U5]', async () => {
    const { clock, stages, first } = processes(4)
    for (const [index, { tasq }] of stages.entries()) {
      await tasq.worker({ workerId: `w${index}`, clusterId: index < 3 ? 'big' : 'small' }).start()
    }
    await clock.advance(30_000)
    expect((await leaders(first)).length).toBe(2)
    expect((await leaders(first)).includes('w3')).toBe(true)
  })

  test('it moves at once when the leader stops, and within its lease when it dies', async () => {
    const { clock, stages, first } = processes(3)
    const workers = stages.map(({ tasq }, index) =>
      tasq.worker({ workerId: `w${index}`, heartbeatInterval: '1s', heartbeatTtl: '3s' }),
    )
    for (const worker of workers) {
      await worker.start()
      await clock.advance(10)
    }
    await clock.advance(2_000)
    expect(await leaders(first)).toEqual(['w0'])
    await workers[0]?.stop()
    await clock.advance(8_000)
    const [second] = await leaders(first)
    expect(['w1', 'w2']).toContain(second)
    const dying = stages[second === 'w1' ? 1 : 2]
    dying?.driver.always(hangs, 'writeRecords', 'readRecords')
    await clock.advance(21_500)
    expect(await leaders(first)).toEqual([second === 'w1' ? 'w2' : 'w1'])
  })

  test('a leader that can’t renew does not take itself for one beyond its lease', async () => {
    const { clock, first, store } = processes(1)
    await first.tasq.worker({ workerId: 'w0' }).start()
    await clock.advance(1_000)
    first.driver.always(hangs, 'writeRecords')
    store.finished.set('old', {
      ordinal: 0,
      id: 'old',
      queue: 'a',
      state: 'completed',
      task: 'work',
      priority: 0,
      attempts: 1,
      enqueuedAt: 0,
      finishedAt: 0,
      keptUntil: clock.now() + 60_000,
      result: undefined,
      reason: undefined,
    })
    await clock.advance(600_000)
    expect(store.finished.size).toBe(1)
    first.driver.heal()
    await eventually(clock, () => store.finished.size === 0, { within: 120_000 })
  })
})
