import { serve } from '@hono/node-server'
import { appFromSettings } from '@tasq/cli'
import { Hono } from 'hono'
import { openOrders } from './open-orders.ts'
import { NewOrder, SoldOutError } from './orders.ts'
import { sendConfirmation } from './send-confirmation.ts'

const tasq = await appFromSettings({ tasks: [sendConfirmation], needs: ['transactions'] })
await tasq.open() // Tasq's tables have to be there before a transaction writes to them
const orders = await openOrders()

const api = new Hono()

api.post('/orders', async (context) => {
  const order = NewOrder.safeParse(await context.req.json().catch(() => undefined))
  if (!order.success) return context.json({ error: 'this is no order', issues: order.error.issues }, 400)
  try {
    const placed = await orders.place(order.data, ({ id }, tx) =>
      tasq.enqueue(sendConfirmation, { orderId: id }, { tx }),
    )
    return context.json(placed, 201, { location: `/orders/${placed.id}` })
  } catch (error) {
    if (error instanceof SoldOutError) return context.json({ error: error.message }, 409)
    throw error
  }
})

api.get('/orders/:id', async (context) => {
  const order = await orders.find(context.req.param('id'))
  return order === undefined ? context.json({ error: 'there is no such order' }, 404) : context.json(order)
})

const server = serve({ fetch: api.fetch, port: Number(process.env.PORT ?? 3_000) }, ({ port }) =>
  console.log(`listening at http://localhost:${port}`),
)

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    server.close(async () => {
      await tasq.close()
      await orders.close()
    })
  })
}
