import { describe, expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { sleep, systemClock } from '../../src/runtime/clock.ts'
import { HANDLERS, liveStage } from '../support/live-stage.ts'
import { only } from '../support/present.ts'

const retry = { maxAttempts: 1 } as const

function block(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('a handler that blocks the event loop', () => {
  test('beyond its lease is named, in an event and in health', async () => {
    const computes = defineTask({ name: 'computes', retry, visibilityTimeout: 600, run: () => block(1_000) })
    const idle = defineTask({ name: 'idle', retry, run: () => {} })
    const { tasq, log } = liveStage([idle, computes])
    const worker = tasq.worker()
    await worker.start()
    await tasq.enqueue(idle)
    await tasq.enqueue(computes)
    await expect.poll(() => log.count('worker:blocked')).toBe(1)
    const { workerId, tasks, lagMs } = only(log.of('worker:blocked'))
    expect({ workerId, tasks }).toEqual({ workerId: worker.id, tasks: ['computes'] })
    expect(lagMs).toBeGreaterThan(600)
    expect(worker.health()).toMatchObject({
      status: 'degraded',
      reasons: [
        expect.stringMatching(/^the event loop was blocked for \d\.\d s while handlers of computes ran$/),
      ],
    })
  })

  test('is named as well where it blocks between two waits, and has lost its lease by then', async () => {
    const late = defineTask({
      name: 'late',
      retry,
      visibilityTimeout: 300,
      run: async () => {
        await sleep(systemClock, 50)
        block(700)
        await sleep(systemClock, 1_000) // deaf to the loss
      },
    })
    const { tasq, log } = liveStage([late])
    await tasq.worker().start()
    await tasq.enqueue(late)
    await expect.poll(() => log.of('worker:blocked')).toMatchObject([{ tasks: ['late'] }])
    expect(log.count('task:lost')).toBe(1)
  })

  test('for less than a third of its lease is not told of', async () => {
    const brief = defineTask({ name: 'brief', retry, run: () => block(300) })
    const { tasq, log } = liveStage([brief])
    const worker = tasq.worker()
    await worker.start()
    await tasq.enqueue(brief)
    await expect.poll(() => log.count('task:completed')).toBe(1)
    await sleep(systemClock, 300) // until the next look is over
    expect(log.count('worker:blocked')).toBe(0)
    expect(worker.health().status).toBe('healthy')
  })
})

test('a handler that keeps its thread busy blocks nobody', async () => {
  const spins = defineTask({
    name: 'spins',
    execution: 'thread',
    module: HANDLERS,
    export: 'spins',
    timeout: 1_500,
    retry,
  })
  const { tasq, log } = liveStage([spins])
  await tasq.worker({ abortGrace: 0 }).start()
  await tasq.enqueue(spins)
  await expect.poll(() => log.count('task:dead')).toBe(1)
  expect(log.count('worker:blocked')).toBe(0)
})
