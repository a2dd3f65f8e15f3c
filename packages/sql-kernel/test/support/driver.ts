import { type EventBus, type Migrations, Wakeups } from '@tasq/core/driver'
import { VirtualClock } from '@tasq/core/memory'
import { SqlDriver, type TransactionParts } from '../../src/sql-driver.ts'
import { type Calls, dialectWith, type Procedures } from './dialect.ts'

/** A driver on a dialect of which these procedures may be called, not opened yet. */
export function driverOn(
  procedures: Procedures,
  transactions: TransactionParts<object> = noTransactions,
  events?: EventBus,
) {
  const calls: Calls = []
  const clock = new VirtualClock()
  const wakeups = new Wakeups(clock)
  const dialect = dialectWith(procedures, calls)
  const diagnostics = { check: async () => [] }
  const driver = new SqlDriver({
    dialect,
    wakeups,
    clock,
    migrations,
    transactions,
    events,
    diagnostics,
  })
  return { driver, calls, clock, wakeups }
}

/** The same, open. */
export async function openDriverOn(procedures: Procedures) {
  const parts = driverOn(procedures)
  await parts.driver.open()
  parts.calls.length = 0
  return parts
}

export const migrations: Migrations = { pending: async () => ['0001'], apply: async () => ['0001'] }

const noTransactions: TransactionParts<object> = {
  accepts: () => false,
  expects: 'nothing',
  insert: async () => [],
}
