import { z } from 'zod'

/** What a customer sends. */
export const NewOrder = z.object({
  customer: z.email(),
  article: z.string().min(1),
  quantity: z.int().positive(),
})
export type NewOrder = z.infer<typeof NewOrder>

export interface Order extends NewOrder {
  readonly id: string
  readonly state: 'placed' | 'confirmed'
}

/** The orders of a shop, in a database. */
export interface Orders {
  /**
   * Stores an order, together with what `alongside` writes on the same transaction: both, or neither.
   * @param alongside gets what Tasq takes as `tx`.
   * @throws SoldOutError where there is not enough of the article.
   */
  place(order: NewOrder, alongside: (placed: Order, tx: unknown) => Promise<unknown>): Promise<Order>
  find(id: string): Promise<Order | undefined>
  confirm(id: string): Promise<void>
  close(): Promise<void>
}

export class SoldOutError extends Error {}

/** What the shop has when it opens for the first time. */
export const FIRST_STOCK = { article: 'chair', stock: 10 }
