import { type NamesElsewhere, type NamesOf, refuseUnknown } from '../errors/unknown-options.ts'
import type { HandlerOptions } from '../execution/handler-module.ts'
import type { SensitiveOptions } from '../redaction/sensitive.ts'
import type { EnqueueOptions } from './enqueue-options.ts'
import type { TaskHooks } from './hooks.ts'
import type { RetryOptions, TaskOptions } from './task-options.ts'

type Own = 'name' | 'input' | 'output' | 'run'
type Declaration = Record<Own, unknown> &
  TaskOptions &
  HandlerOptions &
  SensitiveOptions &
  TaskHooks<unknown, unknown>

const RETRY: NamesOf<RetryOptions> = {
  maxAttempts: true,
  strategy: true,
  delay: true,
  maxDelay: true,
  jitter: true,
  retryOn: true,
  giveUpOn: true,
}

const TASK: NamesOf<TaskOptions> = {
  queue: true,
  priority: true,
  retry: true,
  timeout: true,
  keepResult: true,
  expiresIn: true,
  visibilityTimeout: true,
  keepDeadLetter: true,
}

const DECLARATION: NamesOf<Declaration> = {
  name: true,
  input: true,
  output: true,
  run: true,
  ...TASK,
  execution: true,
  module: true,
  export: true,
  sensitive: true,
  onSuccess: true,
  onFailure: true,
  onRetry: true,
  onDead: true,
}

const ENQUEUE: NamesOf<EnqueueOptions> = {
  ...TASK,
  delay: true,
  runAt: true,
  expiresAt: true,
  unique: true,
  throttle: true,
  debounce: true,
  headers: true,
  group: true,
  tx: true,
}

/** What other queues call it. */
const ELSEWHERE: NamesElsewhere = {
  attempts: 'retry: { maxAttempts }',
  maxAttempts: 'retry: { maxAttempts }',
  maxRetries: 'retry: { maxAttempts }, which counts the first run too',
  retryLimit: 'retry: { maxAttempts }, which counts the first run too',
  backoff: 'retry: { strategy, delay }',
  jobId: 'unique: { key }',
  jobKey: 'unique: { key }, or debounce: { key, wait }',
  singletonKey: 'unique: { key }',
  deduplication: 'unique: { key }, throttle or debounce',
  removeOnComplete: 'keepResult, without which a completed task goes at once',
  removeOnFail: 'keepDeadLetter',
  startAfter: 'delay or runAt',
  handler: 'run',
}

const TIMES_ELSEWHERE: NamesElsewhere = { pattern: 'cron', tz: 'timezone' }

/** @throws InvalidOptionError for what no definition has. */
export function refuseUnknownOfDeclaration(declaration: object & Pick<TaskOptions, 'retry'>): void {
  refuseUnknown(declaration, DECLARATION, ELSEWHERE)
  refuseUnknownOfRetry(declaration)
}

/** @throws InvalidOptionError for what can't be said of a task. */
export function refuseUnknownOfDefaults(defaults: TaskOptions): void {
  refuseUnknown(defaults, TASK, ELSEWHERE)
  refuseUnknownOfRetry(defaults)
}

/** @throws InvalidOptionError for what no enqueue has. */
export function refuseUnknownOfEnqueue(options: object & Pick<TaskOptions, 'retry'>): void {
  refuseUnknown(options, ENQUEUE, ELSEWHERE)
  refuseUnknownOfRetry(options)
}

/** @throws InvalidOptionError for what neither a schedule has nor an enqueue. */
export function refuseUnknownOfSchedule(
  schedule: object & Pick<TaskOptions, 'retry'>,
  own: Readonly<Record<string, true>>,
): void {
  refuseUnknown(schedule, { ...own, ...ENQUEUE }, { ...ELSEWHERE, ...TIMES_ELSEWHERE })
  refuseUnknownOfRetry(schedule)
}

function refuseUnknownOfRetry({ retry }: Pick<TaskOptions, 'retry'>): void {
  if (retry !== undefined) refuseUnknown(retry, RETRY, ELSEWHERE, 'retry.')
}
