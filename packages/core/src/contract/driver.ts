import type { Delivery, Lease } from './delivery.ts'
import type { EnqueueCall, Enqueued } from './enqueue.ts'
import type { Backlog } from './facets/backlog.ts'
import type { Cancellation } from './facets/cancellation.ts'
import type { Coordination } from './facets/coordination.ts'
import type { DeadLetters } from './facets/dead-letters.ts'
import type { Diagnostics } from './facets/diagnostics.ts'
import type { EventBus } from './facets/event-bus.ts'
import type { Inspection } from './facets/inspection.ts'
import type { Ledger } from './facets/ledger.ts'
import type { Migrations } from './facets/migrations.ts'
import type { Recovery } from './facets/recovery.ts'
import type { Relay } from './facets/relay.ts'
import type { Results } from './facets/results.ts'
import type { Retention } from './facets/retention.ts'
import type { Transactions } from './facets/transactions.ts'
import type { Limits } from './limits.ts'
import type { ExtendAnswer, SettleAnswer, Settlement } from './settlement.ts'

/**
 * A backend, as the engine sees it: seven operations that every backend has, and facets, whose
 * presence is the capability. The engine decides, a driver applies: no driver computes a retry, a
 * backoff or a state. The conformance suite is the definition of what stands here.
 *
 * Every operation rejects with a `TasqError` whose `retryable` says whether the same call may be
 * repeated. Repeats do no harm: see each operation.
 */
export interface Driver {
  readonly name: string
  readonly limits: Limits
  /** Connects and prepares; once open, calling it again changes nothing. */
  open(): Promise<void>
  /** Lets go of everything; running calls may reject. Idempotent. */
  close(): Promise<void>
  /**
   * Stores tasks. Resolves when they are as safe as the backend makes them, with an answer for each, in order.
   *
   * Duties: tasks of one call become ready in their order. The call's id is stored with them,
   * atomically, for at least five minutes, so that a repeat of a call that did succeed inserts
   * nothing and answers the same, even when its tasks are finished and gone.
   */
  enqueue(call: EnqueueCall): Promise<readonly Enqueued[]>
  /**
   * Leases ready tasks to the caller, counting an attempt for each; waits up to `waitMs` for the
   * first, and resolves as soon as there is one. An abort of the signal resolves it at once, with
   * what it holds by then.
   *
   * Duties: never gives one task to two callers, skips what others are claiming and does not wait
   * for it, returns no more than asked, honours the order of the queues, then priority, then the time at
   * which tasks became ready. Due tasks are promoted first; it sleeps at most until the next is due.
   * A row that can't be read comes back as a corrupt delivery. With `repeat` it returns what that
   * call still holds, in its order, and claims nothing new, so that a lost answer burns no attempts.
   */
  reserve(call: ReserveCall): Promise<readonly Delivery[]>
  /** Renews leases, each for its own time from now; an answer for each, in order. */
  extend(leases: readonly Extension[]): Promise<readonly ExtendAnswer[]>
  /**
   * Writes settlements, each atomically and only under its own token; an answer for each, in order.
   * A repeat with a token that has settled before changes nothing and answers `settled`, or `gone`
   * where the task has left with it.
   */
  settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]>
  readonly deadLetters: DeadLetters
  readonly recovery?: Recovery
  readonly results?: Results
  readonly inspection?: Inspection
  /** A driver with `inspection` has it there. */
  readonly backlog?: Backlog
  /** A driver with `inspection` has it there. */
  readonly cancellation?: Cancellation
  readonly transactions?: Transactions<never>
  readonly migrations?: Migrations
  readonly retention?: Retention
  readonly ledger?: Ledger
  readonly relay?: Relay
  readonly coordination?: Coordination
  readonly events?: EventBus
  readonly diagnostics?: Diagnostics
}

/** What a worker asks for: tasks of which queues, how many, and how long it waits for them. */
export interface ReserveCall {
  /** Made by the client; no two calls share one. Tokens are made from it. */
  readonly callId: string
  /** Whether this repeats a call whose answer was lost. */
  readonly repeat: boolean
  /** In order of preference. */
  readonly queues: readonly QueueShare[]
  /** The most in all. */
  readonly max: number
  /** How long to wait for the first task, in ms; 0 does not wait. */
  readonly waitMs: number
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined
}

/** What may come from one queue. */
export interface QueueShare {
  readonly name: string
  /** The most that may come. */
  readonly max: number
  /**
   * Only tasks of these priorities, both bounds included; absent means all. The bounds lie between bands (75 to 127, 25 to 74, −25 to
   * 24, −128 to −26). A queue may stand in a call several times, with other priorities each time.
   */
  readonly priorities?: PriorityRange | undefined
}

/** Priorities from `lowest` to `highest`, both included. */
export interface PriorityRange {
  readonly lowest: number
  readonly highest: number
}

/** One lease to renew. */
export interface Extension {
  readonly lease: Lease
  /** Its new length in ms, counted by the backend from now. */
  readonly leaseMs: number
}
