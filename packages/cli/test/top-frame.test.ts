import type { PresentWorker, QueueOverview } from '@tasq/core'
import { expect, test } from 'vitest'
import type { Terminal } from '../src/output/terminal.ts'
import type { SeenFailure } from '../src/top/failures.ts'
import { frame } from '../src/top/frame.ts'
import type { View } from '../src/top/view.ts'

const terminal = (rows: number): Terminal => ({
  out: () => {},
  err: () => {},
  columns: 100,
  rows,
})

const queue = (index: number): QueueOverview => ({
  queue: `queue-${index}`,
  counts: { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 },
  oldestReadyMs: undefined,
  perMinute: 0,
  failedPerMinute: 0,
  paused: false,
  heldUntil: undefined,
  limits: {},
  workers: 0,
})

const worker = (index: number): PresentWorker => ({
  workerId: `worker-${index}`,
  clusterId: 'default',
  hostname: 'host',
  pid: 1,
  version: '0.1.0',
  queues: ['queue-0'],
  concurrency: 1,
  state: 'running',
  activeTasks: 0,
  tasksProcessed: 0,
  tasksFailed: 0,
  queueRates: {},
  uptimeMs: 0,
  isLeader: false,
  heartbeatTtlMs: 1_000,
  heartbeatAt: new Date(0),
})

const failure = (index: number): SeenFailure => ({
  at: new Date(0),
  task: 'fail',
  id: String(index),
  queue: 'queue-0',
  attempt: 1,
  state: 'failed',
  problem: 'Error',
})

function some<Item>(count: number, make: (index: number) => Item): readonly Item[] {
  return Array.from({ length: count }, (_, index) => make(index))
}

test.each([
  [3, 2, 50],
  [40, 2, 50],
  [3, 40, 50],
  [40, 40, 50],
])(
  'of %i queues, %i workers and %i failures so many are shown that the keys have a line',
  (queues, workers, failures) => {
    const view: View = {
      at: new Date(0),
      driver: 'sqlite',
      queues: some(queues, queue),
      workers: some(workers, worker),
      failures: some(failures, failure),
    }
    for (const rows of [20, 24, 41]) {
      const lines = frame(view, terminal(rows), { selection: { queue: 'queue-0' } })
      expect(lines.length, `of ${rows} rows`).toBe(rows - 1) // the cursor stands in the last one
      expect(lines.at(-1)).toContain('q: quit')
    }
  },
)
