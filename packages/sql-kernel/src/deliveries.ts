import { type Delivery, historyOf, type LostDelivery, policyOf, type TaskPolicy } from '@tasq/core/driver'
import { envelopeOf } from './columns.ts'
import type { ClaimedRow, LostRow } from './dialect.ts'

/** A row that can't be read comes out as a corrupt delivery: it must stop nobody, and its bytes stay. */
export function deliveryOf(row: ClaimedRow, token: string, now: number): Delivery {
  const lease = { queue: row.queue, id: row.id, token }
  try {
    return {
      kind: 'task',
      lease,
      envelope: envelopeOf(row),
      attempt: row.attempt,
      enqueuedAt: row.enqueuedAt,
      readyAt: row.readyAt,
      expiresAt: row.expiresAt ?? undefined,
      history: historyOf(row.history),
      now,
    }
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    return { kind: 'corrupt', lease, problem, attempt: row.attempt, leaseMs: row.leaseMs, now }
  }
}

export function lostDeliveryOf(row: LostRow, token: string, now: number): LostDelivery {
  return {
    lease: { queue: row.queue, id: row.id, token },
    task: row.task,
    attempt: row.attempt,
    policy: readablePolicy(row.policy),
    keepResultMs: row.keepResultMs ?? undefined,
    history: historyOf(row.history),
    cancelRequest: row.isCancelRequested ? { reason: row.cancelReason ?? undefined } : undefined,
    lostToken: row.lostToken,
    lostAt: row.lostAt,
    now,
  }
}

export function readablePolicy(text: string | null): TaskPolicy | undefined {
  if (text === null) return undefined
  try {
    return policyOf(text)
  } catch {
    return undefined // whoever must act on the task learns that its policy can't be read
  }
}
