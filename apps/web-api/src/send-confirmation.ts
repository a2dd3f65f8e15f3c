import { defineTask, typed } from '@tasq/core'

/** Tells a customer that an order has come in. */
export const sendConfirmation = defineTask({
  name: 'confirmation.send',
  queue: 'mail',
  input: typed<{ orderId: string }>(),
  retry: { maxAttempts: 5, delay: '5s' },
  timeout: '30s',
})
