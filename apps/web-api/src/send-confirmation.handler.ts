import { openOrders } from './open-orders.ts'
import { sendConfirmation as definition } from './send-confirmation.ts'

const orders = await openOrders()

export const sendConfirmation = definition.handle(async ({ orderId }) => {
  const order = await orders.find(orderId)
  if (order === undefined) throw new Error(`there is no order ${orderId}`)
  if (order.state === 'confirmed') return // a task may run twice, and one mail will do
  console.log(`to ${order.customer}: your order of ${order.quantity} ${order.article} has come in`)
  await orders.confirm(orderId)
})
