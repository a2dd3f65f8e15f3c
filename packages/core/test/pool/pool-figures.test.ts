import { describe, expect, test } from 'vitest'
import type { WorkerHealth, WorkerMetrics } from '../../src/index.ts'
import { EndedProcesses, type PoolMember, poolHealthOf, poolMetricsOf } from '../../src/pool/pool-figures.ts'

function metrics(of: Partial<WorkerMetrics>): WorkerMetrics {
  return {
    tasksProcessed: 0,
    tasksSucceeded: 0,
    tasksFailed: 0,
    activeTasks: 0,
    concurrency: 10,
    tasksPerMinute: 0,
    errorRate: 0,
    processingMs: undefined,
    queueWaitMs: undefined,
    tasks: undefined,
    eventLoopLagMs: undefined,
    ...of,
  }
}

function health(status: WorkerHealth['status'], ...reasons: readonly string[]): WorkerHealth {
  return {
    status,
    reasons,
    state: 'running',
    uptimeMs: 1,
    activeTasks: 0,
    tasksProcessed: 0,
    tasksSucceeded: 0,
    tasksFailed: 0,
    failureRate: 0,
    lastCompletedAt: undefined,
    sinceLastTaskMs: undefined,
    sinceLastReserveMs: 1,
    reachable: true,
  }
}

function member(of: Partial<PoolMember> = {}): PoolMember {
  return {
    pid: 7,
    workerId: 'w',
    state: 'working',
    activeTasks: 0,
    tasksProcessed: 0,
    health: health('healthy'),
    metrics: metrics({}),
    silentMs: 100,
    ...of,
  }
}

test('what its processes have done adds up, with what those had done that have ended', () => {
  const ended = new EndedProcesses()
  ended.add(metrics({ tasksSucceeded: 5, tasksFailed: 1 }))
  ended.add(undefined) // it had told nothing
  const members = [
    member({ metrics: metrics({ tasksSucceeded: 2, activeTasks: 3 }) }),
    member({ metrics: metrics({ tasksFailed: 4, activeTasks: 1 }) }),
    member({ metrics: undefined }),
  ]
  expect(poolMetricsOf(members, ended, false)).toEqual({
    tasksProcessed: 12,
    tasksSucceeded: 7,
    tasksFailed: 5,
    activeTasks: 4,
    tasks: undefined,
  })
  expect(poolMetricsOf([], ended, true).tasks).toEqual([])
})

describe('a pool is', () => {
  test('healthy while all of its processes are', () => {
    expect(poolHealthOf('running', 2, [member(), member()])).toEqual({
      status: 'healthy',
      reasons: [],
      state: 'running',
    })
  })

  test('degraded while one is missing, not well, or has not been heard of', () => {
    expect(poolHealthOf('running', 2, [member(), member({ state: 'starting' })])).toMatchObject({
      status: 'degraded',
      reasons: ['1 of 2 processes are at work'],
    })
    expect(
      poolHealthOf('running', 2, [member(), member({ health: health('unhealthy', 'no luck') })]),
    ).toMatchObject({
      status: 'degraded',
      reasons: ['process 7: no luck'],
    })
    expect(poolHealthOf('running', 1, [member({ silentMs: 6_000 })])).toMatchObject({
      status: 'degraded',
      reasons: ['process 7 has told nothing for 6 s'],
    })
  })

  test('unhealthy where none of them is well, or when it stops', () => {
    const ill = member({ health: health('unhealthy', 'no luck') })
    for (const members of [[], [ill, ill], [ill, member({ silentMs: 31_000 })]]) {
      expect(poolHealthOf('running', 2, members).status).toBe('unhealthy')
    }
    expect(poolHealthOf('stopping', 0, [])).toMatchObject({
      status: 'unhealthy',
      reasons: ['the pool is stopping'],
    })
  })

  test('not unhealthy while it starts: whoever restarts what is unhealthy would never see it start', () => {
    expect(poolHealthOf('starting', 2, [member({ state: 'starting' })])).toMatchObject({
      status: 'degraded',
      reasons: ['the pool is starting'],
    })
  })
})
