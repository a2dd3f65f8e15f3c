import { type Clock, type Driver, systemClock } from '@tasq/core/driver'
import type { DriverOperation } from './driver-operation.ts'
import { Faults } from './faults.ts'
import { intercept } from './intercept.ts'

/** A driver, and the way to make it fail. */
export type FaultyDriver<D extends Driver> = D & { readonly faults: Faults }

/** Options of `faulty`. */
export interface FaultyOptions {
  /** Measures delays. @default the system's */
  readonly clock?: Clock
}

const OPERATIONS = ['open', 'close', 'enqueue', 'reserve', 'extend', 'settle'] as const

/** What each facet can be asked to do. */
export const FACET_OPERATIONS = {
  deadLetters: ['count', 'peek', 'retry', 'purge'],
  recovery: ['recover'],
  results: ['read', 'watch'],
  inspection: [
    'queues',
    'count',
    'oldestReady',
    'get',
    'find',
    'cancel',
    'cancelRequests',
    'reschedule',
    'replace',
    'remove',
    'purge',
  ],
  backlog: ['count', 'purge'],
  cancellation: ['cancel', 'cancelRequests'],
  retention: ['trim', 'keepNewest'],
  ledger: ['admit'],
  relay: ['step'],
  coordination: ['read', 'write'],
  events: ['publish', 'subscribe'],
  diagnostics: ['check'],
  migrations: ['pending', 'apply'],
  transactions: ['enqueue'],
} as const

type FacetKey = keyof typeof FACET_OPERATIONS

/**
 * The same driver on a line that can be cut, slowed and made to swallow answers, operation by operation. It has the
 * facets and everything else that the driver has; with no fault set it behaves as the driver does.
 *
 * @example
 * const driver = faulty(memory())
 * driver.faults.loseAnswer('settle', { times: 3 }) // written, but the caller is told that the backend was away
 * driver.faults.disconnect() // … until reconnect()
 */
export function faulty<D extends Driver>(
  driver: D,
  { clock = systemClock }: FaultyOptions = {},
): FaultyDriver<D> {
  const faults = new Faults(clock)
  const replaced = new Map<PropertyKey, unknown>([['faults', faults]])
  for (const name of Object.keys(FACET_OPERATIONS) as FacetKey[]) {
    const facet: object | undefined = driver[name]
    if (facet === undefined) continue
    const run = (operation: string, args: readonly unknown[], call: Call) =>
      faults.run(`${name}.${operation}` as DriverOperation, () => call(args))
    replaced.set(name, intercept(facet, FACET_OPERATIONS[name], run))
  }
  const run = (operation: string, args: readonly unknown[], call: Call) =>
    operation === 'reserve'
      ? faults.run('reserve', () => call([onThisLine(args[0], faults.line)]))
      : faults.run(operation as DriverOperation, () => call(args))
  return intercept(driver, OPERATIONS, run, replaced) as FaultyDriver<D>
}

type Call = (args: readonly unknown[]) => unknown

/** A backend notices that a line is cut: what waited on it must not take tasks that nobody would ever hear of. */
function onThisLine(call: unknown, line: AbortSignal): unknown {
  const { signal, ...rest } = call as Parameters<Driver['reserve']>[0]
  return { ...rest, signal: signal === undefined ? line : AbortSignal.any([signal, line]) }
}
