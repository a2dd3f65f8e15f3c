import { setTimeout } from 'node:timers/promises'
import type { StoreDriver } from '@tasq/core'
import type { Clock, Driver, Limits, TaskRef } from '@tasq/core/driver'

/** The facets that a driver may have; their presence is the capability. */
export const FACET_NAMES = [
  'recovery',
  'results',
  'inspection',
  'backlog',
  'cancellation',
  'transactions',
  'migrations',
  'retention',
  'ledger',
  'relay',
  'coordination',
  'events',
  'diagnostics',
] as const

/** The name of a facet, as it stands on the driver. */
export type FacetName = (typeof FACET_NAMES)[number]

/**
 * What a driver package brings so that the suite can test it: what the driver claims to be, and a way to a fresh
 * backend. Which cases exist follows from the claims alone, so a claim that is lost by accident is a red case and
 * never a skipped one.
 */
export interface Harness {
  /** Names the driver in messages. */
  readonly name: string
  /** The facets that the driver is meant to have: exactly these. */
  readonly facets: readonly FacetName[]
  /** The limits that it is meant to have. Spell them out, so that an accidental change is found. */
  readonly limits: Limits
  /** `virtual`: time passes only in `Store.advance`. `real`: it passes by itself. */
  readonly time: 'virtual' | 'real'
  /**
   * Whose clock leases and delays go by. `process` is for embedded backends that have none of their own: nothing then asks
   * that a process whose clock is wrong does no harm. @default 'backend'
   */
  readonly clock?: 'backend' | 'process'
  /** Checks in which the backend of these tests is not as it should be elsewhere: one that is private need not write to its disk. @default none */
  readonly tolerates?: readonly string[] | undefined
  /** An empty backend of its own for one case; many may be open at the same time. */
  openStore(): Promise<Store>
}

/** An empty backend: a file, a schema, a key prefix. */
export interface Store {
  /** The time of the processes that use it; given to `createTasq` as well. */
  readonly clock: Clock
  /** Lets at least this many ms pass: advances the virtual clock, or sleeps. */
  advance(ms: number): Promise<void>
  /** A new connection, like another process; not opened yet. */
  driver(options?: ConnectionOptions): Driver
  /** Makes the stored form of one waiting task unreadable, by hand, and leaves the bytes of its payload alone. */
  corrupt(ref: TaskRef): Promise<void>
  /** The two of a mixed driver, each on a connection of its own; not opened yet. Needed where the harness declares `relay`. */
  parts?(): { readonly broker: Driver; readonly store: StoreDriver }
  /** Opens a transaction of a user's own. Needed where the harness declares `transactions`. */
  beginTransaction?(): Promise<UserTransaction>
  /** Removes everything. All of its drivers are closed by then. */
  close(): Promise<void>
}

/** What is special about one process. */
export interface ConnectionOptions {
  /**
   * How far this process's own wall clock is ahead, in ms: give the driver a `skewedClock`. It is
   * never asked for where the harness says that the clock is the process's. @default 0
   */
  readonly clockSkewMs?: number
}

/** A transaction on a client of the user's. */
export interface UserTransaction {
  /** What the user would pass as `tx`. */
  readonly client: unknown
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** The same clock, as a process sees it whose wall clock is `skewMs` ahead. */
export function skewedClock(clock: Clock, skewMs: number): Clock {
  return {
    now: () => clock.now() + skewMs,
    monotonic: () => clock.monotonic(),
    setTimeout: (callback, ms) => clock.setTimeout(callback, ms),
    clearTimeout: (handle) => clock.clearTimeout(handle),
  }
}

/** Lets real time pass, as `Store.advance` does where time passes by itself: a timer alone may fire a part of a ms too early. */
export async function letTimePass(ms: number): Promise<void> {
  await setTimeout(ms + 1)
}
