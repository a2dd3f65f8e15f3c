import { describe, expect, test } from 'vitest'
import { defineTask, type EnqueueOptions } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { doneButHangs, fails, hangs, losesAnswer } from '../support/faulty-driver.ts'
import { only, present } from '../support/present.ts'
import { eventually, stage } from '../support/stage.ts'

const task = defineTask({
  name: 'fragile',
  keepResult: true,
  retry: { maxAttempts: 3, delay: '10s', jitter: 0 },
  run: () => 'done',
})

/** Tasks that a worker took and died with, and an app that has not started its worker yet. */
async function crashed(count: number, options: EnqueueOptions = {}) {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const on = stage({ clock, store, tasks: [task] })
  const handles = await on.tasq.enqueueMany(task, Array.from({ length: count }), options)
  let lives = 0
  const crash = async () => {
    const call = { callId: `dead-${++lives}.1`, repeat: false, waitMs: 0, max: 1_000 }
    return await memory({ store }).reserve({ ...call, queues: [{ name: 'default', max: 1_000 }] })
  }
  await crash()
  return { ...on, handles, handle: present(handles[0]), crash }
}

describe('a task whose worker died', () => {
  test('is found by any worker soon after its lease is over, and retried with the backoff of its policy [A42]', async () => {
    const { clock, tasq, log, handle } = await crashed(1)
    await tasq.worker({ workerId: 'rescuer' }).start()
    await clock.advance(29_999)
    expect(log.count('task:recovered')).toBe(0)
    const found = 29_999 + (await eventually(clock, () => log.count('task:recovered') === 1))
    expect(found).toBeLessThanOrEqual(33_000)
    expect(only(log.of('task:recovered'))).toEqual({
      id: handle.id,
      queue: 'default',
      task: 'fragile',
      attempt: 1,
      workerId: 'rescuer',
      lostToken: 'dead-1.1',
      lostAt: new Date(clock.now() - clock.monotonic() + 30_000),
    })
    expect(only(log.of('task:retrying'))).toMatchObject({ attempt: 1, delayMs: 10_000 })
    const took = await eventually(clock, () => log.count('task:completed') === 1)
    expect(took).toBeGreaterThanOrEqual(9_980)
    expect(only(log.of('task:completed')).attempt).toBe(2)
  })

  test('and that has a visibility timeout of its own is found after that, and no sooner [A42]', async () => {
    const { clock, tasq, log } = await crashed(1, { visibilityTimeout: '10m' })
    await tasq.worker().start()
    await clock.advance(599_999)
    expect(log.count('task:recovered')).toBe(0)
    await eventually(clock, () => log.count('task:recovered') === 1, { within: 3_000 })
  })

  test('remembers the loss as a failure that names who held it', async () => {
    const { clock, tasq, log, store, handle } = await crashed(1)
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:recovered') === 1)
    expect(present(store.live.get(handle.id)).history).toMatchObject({
      losses: 1,
      failures: [{ code: 'TASQ_LEASE_LOST', attempt: 1, message: expect.stringContaining('dead-1.1') }],
    })
  })

  test('at every attempt goes to the dead letters as lost, and not into a loop', async () => {
    const { clock, tasq, log, store, handle, crash } = await crashed(1)
    const recoverOnly = tasq.worker({ queues: ['another'] })
    await recoverOnly.start()
    for (let attempt = 2; attempt <= 3; attempt++) {
      await eventually(clock, () => store.live.get(handle.id)?.state === 'scheduled', {
        within: 40_000,
        step: 200,
      })
      await eventually(clock, () => present(store.live.get(handle.id)).readyAt <= clock.now(), { step: 200 })
      expect(await crash()).toMatchObject([{ attempt }])
    }
    await eventually(clock, () => store.dead.has(handle.id), { within: 40_000, step: 200 })
    const { letter } = present(store.dead.get(handle.id))
    expect(letter).toMatchObject({ reason: 'lost', attempts: 3, history: { losses: 3 } })
    expect(letter.history?.failures?.map(({ attempt }) => attempt)).toEqual([1, 2, 3])
    expect(only(log.of('task:dead'))).toMatchObject({ reason: 'lost', failure: { code: 'TASQ_LEASE_LOST' } })
  })

  test('and that somebody had asked to cancel is cancelled', async () => {
    const { clock, tasq, log, store, handle } = await crashed(1)
    expect(await handle.cancel('no longer wanted')).toBe('requested')
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:cancelled') === 1)
    expect(present(store.finished.get(handle.id))).toMatchObject({
      state: 'cancelled',
      reason: 'no longer wanted',
    })
    expect(log.count('task:started')).toBe(0)
  })

  test('is found in queues that no living worker serves', async () => {
    const { clock, tasq, log } = await crashed(1)
    await tasq.worker({ queues: ['another'] }).start()
    await eventually(clock, () => log.count('task:recovered') === 1)
  })

  test('and whose row cannot be read stops nobody, and is dead in the end', async () => {
    const { clock, tasq, log, store, handles } = await crashed(3)
    present(store.live.get(present(handles[1]).id)).problem = 'torn'
    await tasq.worker().start()
    await eventually(clock, () => log.count('task:recovered') === 3)
    expect(only(log.of('task:dead'))).toMatchObject({ id: present(handles[1]).id, reason: 'lost' })
    await eventually(clock, () => log.count('task:completed') === 2)
  })
})

describe('many tasks', () => {
  test('are recovered in steps that follow each other at once', async () => {
    const { clock, tasq, driver, log } = await crashed(950)
    await clock.advance(30_000)
    await tasq.worker({ queues: ['another'] }).start()
    await clock.settle()
    expect(log.count('task:recovered')).toBe(950)
    expect(driver.recovers.map(({ max }) => max)).toEqual(Array(5).fill(200))
  })

  test('are recovered once each, however many workers look for them', async () => {
    const { clock, store, handles } = await crashed(500)
    const rescuers = [1, 2, 3].map(() => stage({ clock, store, tasks: [task] }))
    await Promise.all(rescuers.map(({ tasq }) => tasq.worker({ queues: ['another'] }).start()))
    await clock.advance(40_000)
    const recovered = rescuers.flatMap(({ log }) => log.of('task:recovered').map(({ id }) => id))
    expect(recovered.toSorted()).toEqual(handles.map(({ id }) => id).toSorted())
    expect([...store.live.values()].every(({ history }) => history?.losses === 1)).toBe(true)
  })
})

describe('recovery itself', () => {
  test('that dies before it has settled is made up for by the next', async () => {
    const { clock, tasq, driver, store, handle } = await crashed(1)
    driver.next('settle', fails())
    await tasq.worker({ queues: ['another'] }).start()
    await eventually(clock, () => store.live.get(handle.id)?.state === 'scheduled', {
      within: 60_000,
      step: 100,
    })
    expect(clock.monotonic()).toBeGreaterThan(45_000)
    expect(present(store.live.get(handle.id)).history?.losses).toBe(1)
  })

  test('whose answer was lost counts the loss once', async () => {
    const { clock, tasq, driver, store, log, handle } = await crashed(1)
    driver.next('settle', losesAnswer())
    await tasq.worker({ queues: ['another'] }).start()
    await clock.advance(90_000)
    expect(present(store.live.get(handle.id))).toMatchObject({
      attempts: 1,
      history: { losses: 1 },
    })
    expect(log.of('worker:error')).toMatchObject([{ loop: 'recovery' }])
  })

  test.each([
    ['takes over', 'recover', hangs],
    ['takes over, and did', 'recover', doneButHangs],
    ['settles', 'settle', hangs],
  ] as const)('that hangs while it %s goes on before long', async (_, operation, fault) => {
    const { clock, tasq, driver, log } = await crashed(1)
    await tasq.worker({ queues: ['another'] }).start()
    await clock.advance(29_000)
    driver.next(operation, fault)
    await eventually(clock, () => log.count('task:recovered') === 1, { within: 90_000, step: 200 })
  })

  test('meets a cancel that came in between, and honours it', async () => {
    const { clock, tasq, driver, log, handle } = await crashed(1)
    driver.next('settle', async (work) => {
      await handle.cancel('in between')
      return await work()
    })
    await tasq.worker({ queues: ['another'] }).start()
    await eventually(clock, () => log.count('task:cancelled') === 1, { within: 60_000, step: 100 })
    expect(log.count('task:retrying')).toBe(0)
  })
})
