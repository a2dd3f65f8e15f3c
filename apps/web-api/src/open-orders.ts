import type { Orders } from './orders.ts'
import { postgresOrders } from './orders-postgres.ts'
import { sqliteOrders } from './orders-sqlite.ts'

/** The orders in the database that Tasq has its tasks in, or the outbox of its broker: only so can both be written in one transaction. */
export async function openOrders(): Promise<Orders> {
  const { TASQ_DRIVER, TASQ_STORE, TASQ_STORE_URL, TASQ_POSTGRES_DSN, TASQ_SQLITE_FILE } = process.env
  const database = TASQ_STORE ?? TASQ_DRIVER ?? 'sqlite'
  if (database === 'postgres') return await postgresOrders(TASQ_STORE_URL ?? TASQ_POSTGRES_DSN)
  if (database === 'sqlite') return sqliteOrders(TASQ_STORE_URL ?? TASQ_SQLITE_FILE ?? 'tasq.db')
  throw new Error(
    `This sample keeps its orders in sqlite or postgres, not in ${database}: set TASQ_DRIVER, or TASQ_STORE.`,
  )
}
