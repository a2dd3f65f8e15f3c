import { type MeterProvider, metrics } from '@opentelemetry/api'
import type { Worker, WorkerHealth } from '@tasq/core'
import { SCOPE, WORKER_ID } from './conventions.ts'
import { VERSION } from './version.ts'

const HEALTH = { healthy: 1, degraded: 0.5, unhealthy: 0 } as const satisfies Record<
  WorkerHealth['status'],
  number
>

/**
 * Gauges of a worker, read when metrics are collected: `tasq.worker.active_tasks`, `tasq.worker.concurrency`, `tasq.worker.health` (1
 * healthy, 0.5 degraded, 0 unhealthy) and, where the worker has its option `metrics`, `tasq.worker.event_loop_lag` in s.
 * @returns what ends it.
 * @example
 * const stopObserving = observeWorker(worker)
 */
export function observeWorker(
  worker: Pick<Worker, 'id' | 'health' | 'metrics'>,
  { meterProvider }: { readonly meterProvider?: MeterProvider | undefined } = {},
): () => void {
  const meter = (meterProvider ?? metrics).getMeter(SCOPE, VERSION)
  const gauge = (name: string, unit: string, description: string) =>
    meter.createObservableGauge(`tasq.worker.${name}`, { unit, description })
  const active = gauge('active_tasks', '{task}', 'Handlers that run now.')
  const concurrency = gauge('concurrency', '{task}', 'Handlers that may run at the same time.')
  const health = gauge('health', '1', '1: healthy, 0.5: degraded, 0: unhealthy.')
  const lag = gauge('event_loop_lag', 's', 'Longest delay of the event loop in the last 15 to 30 s.')
  const all = [active, concurrency, health, lag]
  const attributes = { [WORKER_ID]: worker.id }
  const look: Parameters<typeof meter.addBatchObservableCallback>[0] = (result) => {
    const figures = worker.metrics()
    result.observe(active, figures.activeTasks, attributes)
    result.observe(concurrency, figures.concurrency, attributes)
    result.observe(health, HEALTH[worker.health().status], attributes)
    const { eventLoopLagMs } = figures
    if (eventLoopLagMs !== undefined) result.observe(lag, eventLoopLagMs / 1_000, attributes)
  }
  meter.addBatchObservableCallback(look, all)
  return () => meter.removeBatchObservableCallback(look, all)
}
