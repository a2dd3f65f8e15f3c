import { type Band, bandOf, decodeTask, type StoredTask } from '@tasq/broker-kernel'
import type { CorruptDelivery, TaskDelivery } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { delayOf, hopsOf } from './delays.ts'
import { bytesOfText, type FifoIds, fifoIds, type Incoming, type Outgoing, outgoing } from './messages.ts'
import { fittingBody } from './sizes.ts'

/** Where the lease of a task that can't be read begins. */
const CORRUPT_LEASE_MS = 30_000

/** A task that was received, or why it can't be read. */
export type Read =
  | { readonly stored: StoredTask; readonly problem?: undefined }
  | { readonly stored?: undefined; readonly problem: string }

export function readTask({ body }: Incoming): Read {
  try {
    return { stored: decodeTask(bytesOfText(body)) }
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) }
  }
}

export function leaseMsOf({ stored }: Read): number {
  return stored?.envelope.leaseMs ?? CORRUPT_LEASE_MS
}

export function bandOfTask({ envelope }: StoredTask): Band {
  return bandOf(envelope.priority)
}

/** A message of a task, ready after `delayMs`, with as much of its history as there is room for. */
export function messageOf(
  { options }: Pick<Backend, 'options'>,
  stored: StoredTask,
  delayMs: number,
  deduplication: string,
): Outgoing {
  const notes = { id: stored.envelope.id }
  const body = fittingBody(stored, notes, options.maxMessageBytes)
  return outgoing(body, notes, delayOf(delayMs, options), fifoIdsOf(options, stored, deduplication))
}

export function fifoIdsOf(
  { fifo }: Backend['options'],
  { envelope }: StoredTask,
  deduplication: string,
): FifoIds | undefined {
  if (fifo === undefined) return undefined
  return fifoIds(fifo.groupOf?.(envelope) ?? envelope.id, deduplication)
}

/** What a worker gets; `now` is this process's clock. */
export function deliveryOf(
  { isFifo, clock }: Pick<Backend, 'isFifo' | 'clock'>,
  queue: string,
  token: string,
  message: Incoming,
  read: Read,
): TaskDelivery | CorruptDelivery {
  const { id, laterMs, attempts = 0 } = message.notes
  const now = Math.round(clock.now())
  if (read.stored === undefined) {
    const lease = { queue, id, token }
    return {
      kind: 'corrupt',
      lease,
      problem: read.problem,
      attempt: attempts + 1,
      leaseMs: CORRUPT_LEASE_MS,
      now,
    }
  }
  const { envelope, enqueuedAt, readyAt, expiresAt, history } = read.stored
  const redeliveries = Math.max(0, message.receiveCount - 1 - hopsOf(laterMs, isFifo))
  return {
    kind: 'task',
    lease: { queue, id: envelope.id, token },
    envelope,
    attempt: read.stored.attempts + 1,
    // Whoever enqueued it may have a clock that is ahead of this one.
    enqueuedAt: Math.min(enqueuedAt, now),
    readyAt: Math.min(readyAt, now),
    expiresAt,
    history,
    redeliveries,
    now,
  }
}
