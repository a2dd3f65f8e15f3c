import type { Delivery } from '../contract/delivery.ts'
import type { NewTask } from '../contract/enqueue.ts'
import type { Settlement } from '../contract/settlement.ts'
import type { EventEmitter } from '../events/event-emitter.ts'
import type { AttemptEvent, TasqEvents } from '../events/event-map.ts'
import type { Outcome } from './outcome.ts'

/** What every event about an attempt says. */
export function attemptEvent(delivery: Delivery, workerId: string): AttemptEvent {
  const { id, queue } = delivery.lease
  const task = delivery.kind === 'task' ? delivery.envelope.task : 'unreadable'
  return { id, queue, task, attempt: delivery.attempt, workerId }
}

export interface SettledAttempt {
  readonly event: () => AttemptEvent
  readonly settlement: Settlement
  /** How long the attempt took. */
  readonly durationMs: number
  /** Why a task was handed back. */
  readonly released: TasqEvents['task:released']['cause']
}

/** Tells what the backend has confirmed. */
export function announceSettled(events: EventEmitter, settled: SettledAttempt): void {
  const { event, settlement, durationMs, released } = settled
  switch (settlement.kind) {
    case 'complete':
      events.emit('task:completed', () => ({ ...event(), durationMs }))
      if (settlement.followUps !== undefined) announceFollowUps(events, settlement.followUps)
      break
    case 'retry': {
      const failure = settlement.history?.failures?.at(-1)
      if (failure !== undefined) events.emit('task:failed', () => ({ ...event(), failure }))
      events.emit('task:retrying', () => ({ ...event(), delayMs: settlement.delayMs }))
      break
    }
    case 'release':
      events.emit('task:released', () => ({ ...event(), cause: released, delayMs: settlement.delayMs }))
      break
    case 'deadLetter': {
      const { failure, reason } = settlement
      if (failure !== undefined) events.emit('task:failed', () => ({ ...event(), failure }))
      if (reason === 'expired') events.emit('task:expired', event)
      events.emit('task:dead', () => ({ ...event(), reason, failure }))
      break
    }
    case 'cancel': {
      const { reason } = settlement
      events.emit('task:cancelled', () => ({ ...event(), reason }))
    }
  }
}

/** Of one with a unique key nobody has said whether it was stored. */
function announceFollowUps(events: EventEmitter, followUps: readonly NewTask[]): void {
  for (const { envelope } of followUps) {
    const { id, queue, task, unique } = envelope
    if (unique === undefined) events.emit('task:enqueued', () => ({ id, queue, task }))
  }
}

/** Why an outcome that is handed back is handed back. */
export function releaseCause(outcome: Outcome): TasqEvents['task:released']['cause'] {
  if (outcome.kind === 'snoozed') return 'snoozed'
  return outcome.kind === 'unknownTask' ? 'unknown-task' : 'returned'
}
