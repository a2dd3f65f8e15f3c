import type { SettleAnswer, Settlement } from '@tasq/core/driver'

/** How things stand with a task whose settlement could not be applied. */
export type Standing =
  | { readonly kind: 'gone' }
  /** Waiting again; `token` is that of the lease that was settled last. */
  | { readonly kind: 'waiting'; readonly token: string | null }
  /** Under a lease, maybe with a cancel mark. */
  | { readonly kind: 'claimed'; readonly token: string; readonly isCancelRequested: boolean }

/** The answer to a settlement that changed nothing. */
export function judge(settlement: Settlement, standing: Standing): SettleAnswer {
  if (standing.kind === 'gone') return 'gone'
  if (standing.token !== settlement.lease.token) return 'lost'
  return standing.kind === 'waiting' ? 'settled' : 'cancelled'
}

/** Whether a settlement may be applied to a task that is claimed: under its own token, and not against a cancel mark. */
export function mayApply(settlement: Settlement, standing: Standing): boolean {
  if (standing.kind !== 'claimed' || standing.token !== settlement.lease.token) return false
  const isAgainstMark = settlement.kind === 'retry' || settlement.kind === 'release'
  return !(isAgainstMark && standing.isCancelRequested)
}
