// The names of OpenTelemetry's conventions for messaging, which are still being developed, and Tasq's own beside them.

import type { Attributes } from '@opentelemetry/api'

export const SCOPE = '@tasq/otel'

export const MESSAGE_ID = 'messaging.message.id'
export const ERROR_TYPE = 'error.type'
export const TASK = 'tasq.task'
export const ATTEMPT = 'tasq.attempt'
export const WORKER_ID = 'tasq.worker.id'
/** What came of an enqueue: `created`, `duplicate`, `replaced` or `rejected`. */
export const ENQUEUE_STATUS = 'tasq.enqueue.status'
/** What came of an attempt: `completed`, `snoozed`, `discarded`, `cancelled`, `returned` or `failed`. */
export const OUTCOME = 'tasq.outcome'
/** The id of the schedule that the task came of. */
export const SCHEDULE = 'tasq.schedule'

/** What is done to a task: it is sent by an enqueue, and processed by an attempt. */
export type Operation = 'send' | 'process'

/** What all tasks of a definition in a queue have in common: few different values, so that metrics may have them too. */
export function commonAttributes(operation: Operation, queue: string, task: string): Attributes {
  return {
    'messaging.system': 'tasq',
    'messaging.destination.name': queue,
    'messaging.operation.name': operation,
    'messaging.operation.type': operation,
    [TASK]: task,
  }
}
