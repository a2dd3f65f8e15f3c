import { createTasq } from '@tasq/core'
import { describeProperties } from '@tasq/driver-tests'
import { sqsHarness } from './support/harness.ts'
import { sqliteStore } from './support/stores.ts'

// With a store beside it, a broker does all that the properties are about, but for what is said here.

describeProperties({
  lacks: ['order', 'debounce', 'inspection'],
  seeds: { sequences: 5, pairs: 1 },
  openStore: async () => {
    const [messages, twins] = await Promise.all([sqsHarness('sqs').openStore(), sqliteStore.open()])
    return {
      driver: () => createTasq({ driver: messages.driver(), store: twins.driver() }).driver,
      dispose: async () => {
        await Promise.all([messages.close(), twins.close()])
      },
    }
  },
})
