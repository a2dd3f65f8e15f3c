import { randomUUID } from 'node:crypto'
import { and, eq, gte, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import { integer, pgTable, text } from 'drizzle-orm/pg-core'
import pg from 'pg'
import { FIRST_STOCK, type Orders, SoldOutError } from './orders.ts'

const articles = pgTable('articles', { article: text().primaryKey(), stock: integer().notNull() })
const orders = pgTable('orders', {
  id: text().primaryKey(),
  customer: text().notNull(),
  article: text().notNull(),
  quantity: integer().notNull(),
  state: text({ enum: ['placed', 'confirmed'] }).notNull(),
})
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS articles (article text PRIMARY KEY, stock integer NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (id text PRIMARY KEY, customer text NOT NULL, article text NOT NULL,
    quantity integer NOT NULL, state text NOT NULL)`

export async function postgresOrders(url: string | undefined): Promise<Orders> {
  const pool = new pg.Pool({ connectionString: url })
  const db = drizzle(pool)
  await db.transaction(async (tx) => {
    await tx.execute(sql`SELECT pg_advisory_xact_lock(20261130)`) // the server and a worker may open it at the same time
    await tx.execute(sql.raw(SCHEMA))
    await tx.insert(articles).values(FIRST_STOCK).onConflictDoNothing()
  })
  return {
    place: (order, alongside) =>
      db.transaction(async (tx) => {
        const placed = { ...order, id: randomUUID(), state: 'placed' as const }
        await tx.insert(orders).values(placed)
        await alongside(placed, tx)
        const { article, quantity } = order
        const taken = await tx
          .update(articles)
          .set({ stock: sql`${articles.stock} - ${quantity}` })
          .where(and(eq(articles.article, article), gte(articles.stock, quantity)))
          .returning()
        if (taken.length === 0) throw new SoldOutError(`there are not ${quantity} of ${article}`)
        return placed
      }),
    find: async (id) => (await db.select().from(orders).where(eq(orders.id, id)))[0],
    confirm: async (id) =>
      void (await db.update(orders).set({ state: 'confirmed' }).where(eq(orders.id, id))),
    close: () => pool.end(),
  }
}
