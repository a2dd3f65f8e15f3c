import type { LostDelivery } from '../delivery.ts'

/** How many lost deliveries to take over, and for how long. */
export interface RecoverCall {
  /** Made by the client; becomes part of the new tokens. */
  readonly callId: string
  /** Most deliveries to take over. */
  readonly max: number
  /** Length of the new leases in ms. */
  readonly leaseMs: number
}

/** Takes over deliveries whose lease has run out. Required where `limits.lease` is `timed` and the backend does not deliver again by itself. */
export interface Recovery {
  /**
   * Leases up to `max` expired deliveries of any queue to the caller, who decides and settles.
   *
   * Duties: one guarded step, so that two callers never get the same delivery and a delivery that
   * is renewed meanwhile is left alone; a new token and no new attempt; cancel marks stay; payloads
   * are not read, so that one unreadable row can't stop it.
   */
  recover(call: RecoverCall): Promise<readonly LostDelivery[]>
}
