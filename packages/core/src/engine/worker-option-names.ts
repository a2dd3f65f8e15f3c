import { type NamesElsewhere, type NamesOf, refuseUnknown } from '../errors/unknown-options.ts'
import type { WorkerOptions } from './worker-options.ts'

const NAMES: NamesOf<WorkerOptions> = {
  queues: true,
  queuePolicy: true,
  priorities: true,
  concurrency: true,
  prefetch: true,
  maxTasks: true,
  rateLimit: true,
  onStartup: true,
  onShutdown: true,
  runFor: true,
  stopWhenEmpty: true,
  maxFailures: true,
  maxTaskDuration: true,
  pollInterval: true,
  shutdownTimeout: true,
  abortGrace: true,
  unknownTaskGrace: true,
  maxRedeliveries: true,
  keepCompleted: true,
  deadLetters: true,
  metrics: true,
  keepProgress: true,
  workerId: true,
  clusterId: true,
  heartbeatInterval: true,
  heartbeatTtl: true,
  heartbeatEvents: true,
  execution: true,
  poolSize: true,
  minChildren: true,
  maxTasksPerChild: true,
  maxMemoryPerChild: true,
}

/** What other queues call it. */
const ELSEWHERE: NamesElsewhere = {
  queue: 'queues: [name]',
  limiter: 'rateLimit: { tasks, per, scope }',
  lockDuration: 'visibilityTimeout of the task',
  batchSize: 'concurrency: a handler gets one task',
}

/** @throws InvalidOptionError for what no worker has. */
export function refuseUnknownOfWorker(options: WorkerOptions): void {
  refuseUnknown(options, NAMES, ELSEWHERE)
}
