import type { App } from '../app.ts'
import type { TaskDelivery } from '../contract/delivery.ts'
import { TasqError } from '../errors.ts'
import { type ErrorFilter, matches } from '../retry/error-kinds.ts'
import { milliseconds } from '../runtime/duration.ts'
import type { RetryOptions } from '../task/task-options.ts'
import type { Outcome } from './outcome.ts'

/** The handler said so, or its work is done and only the result can't be stored: running it again would not help. */
const PERMANENT_CODES: ReadonlySet<string> = new Set([
  'TASQ_PERMANENT',
  'TASQ_UNENCODABLE',
  'TASQ_PAYLOAD_TOO_LARGE',
])

/** What an error of an attempt comes to, by what was said of it: on its enqueue, else on its definition, else on the app. */
export function outcomeOfError(app: App, delivery: TaskDelivery, error: unknown): Outcome {
  if (TasqError.isInstance(error) && PERMANENT_CODES.has(error.code)) return { kind: 'permanent', error }
  const layers = layersOf(app, delivery)
  const { retry } = delivery.envelope.policy
  const asked = guarded(app, delivery)
  const isIn = (filter: ErrorFilter | undefined, otherwise: boolean) =>
    filter === undefined ? otherwise : asked('retry', () => matches(filter, error), otherwise)
  const isHopeless = isIn(retry.giveUpOn ?? first(layers, 'giveUpOn'), false)
  const isRetried = isIn(retry.retryOn ?? first(layers, 'retryOn'), true)
  if (isHopeless || !isRetried) return { kind: 'permanent', error }
  const strategy = retry.strategy === 'function' ? first(layers, 'strategy') : undefined
  if (typeof strategy !== 'function') return { kind: 'failed', error }
  const delayMs = asked(
    'retry.strategy',
    () => milliseconds('retry.strategy', strategy(delivery.attempt, error)),
    undefined,
  )
  return { kind: 'failed', error, delayMs }
}

function layersOf({ registry, defaults }: App, { envelope }: TaskDelivery): readonly RetryOptions[] {
  return [registry.find(envelope.task)?.options.retry ?? {}, defaults.retry ?? {}]
}

function first<Key extends keyof RetryOptions>(layers: readonly RetryOptions[], key: Key): RetryOptions[Key] {
  return layers.find((layer) => layer[key] !== undefined)?.[key]
}

/** Calls functions of the user's; what they throw is told, and something else stands in for their answer. */
function guarded({ events }: App, { lease: { id, queue }, envelope: { task } }: TaskDelivery) {
  return <Answer>(hook: string, ask: () => Answer, otherwise: Answer): Answer => {
    try {
      return ask()
    } catch (error) {
      events.report('hook:error', { id, queue, task, hook, error })
      return otherwise
    }
  }
}
