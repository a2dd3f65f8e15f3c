import { randomUUID } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { and, eq, gte, sql } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import { FIRST_STOCK, type Orders, SoldOutError } from './orders.ts'

const articles = sqliteTable('articles', { article: text().primaryKey(), stock: integer().notNull() })
const orders = sqliteTable('orders', {
  id: text().primaryKey(),
  customer: text().notNull(),
  article: text().notNull(),
  quantity: integer().notNull(),
  state: text({ enum: ['placed', 'confirmed'] }).notNull(),
})
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS articles (article TEXT PRIMARY KEY, stock INTEGER NOT NULL);
  CREATE TABLE IF NOT EXISTS orders (id TEXT PRIMARY KEY, customer TEXT NOT NULL, article TEXT NOT NULL,
    quantity INTEGER NOT NULL, state TEXT NOT NULL)`

export async function sqliteOrders(file: string): Promise<Orders> {
  const database = new DatabaseSync(file, { timeout: 5_000 })
  database.exec(SCHEMA)
  // Drizzle has no driver of its own for node:sqlite; this is what it asks of one.
  const db = drizzle(async (query, parameters, method) => {
    const statement = database.prepare(query)
    if (method === 'run') return { rows: [statement.run(...parameters)] }
    statement.setReturnArrays(true)
    return { rows: statement.all(...parameters) }
  })
  await db.insert(articles).values(FIRST_STOCK).onConflictDoNothing()
  const inTurn = turns()
  return {
    place: (order, alongside) =>
      inTurn(() =>
        db.transaction(
          async (tx) => {
            const placed = { ...order, id: randomUUID(), state: 'placed' as const }
            await tx.insert(orders).values(placed)
            await alongside(placed, database)
            const { article, quantity } = order
            const taken = await tx
              .update(articles)
              .set({ stock: sql`${articles.stock} - ${quantity}` })
              .where(and(eq(articles.article, article), gte(articles.stock, quantity)))
              .returning()
            if (taken.length === 0) throw new SoldOutError(`there are not ${quantity} of ${article}`)
            return placed
          },
          { behavior: 'immediate' },
        ),
      ),
    find: (id) => inTurn(async () => (await db.select().from(orders).where(eq(orders.id, id)))[0]),
    confirm: (id) =>
      inTurn(async () => void (await db.update(orders).set({ state: 'confirmed' }).where(eq(orders.id, id)))),
    close: async () => database.close(),
  }
}

/** There is one connection, so what another request does meanwhile would be in the transaction of this one. */
function turns(): <Result>(work: () => Promise<Result>) => Promise<Result> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const turn = last.then(work)
    last = turn.catch(() => undefined)
    return turn
  }
}
