import { describeConformance, mixedHarness } from '@tasq/testkit/conformance'
import { describe, test } from 'vitest'
import { sqsHarness } from './support/harness.ts'
import { redisStore, sqliteStore } from './support/stores.ts'

// Most of the time the cases wait, so all of them may do that together.

for (const store of [redisStore, sqliteStore]) {
  describe.concurrent(`with ${store.name} beside it`, () => {
    describeConformance(mixedHarness(sqsHarness('sqs'), store), { describe, test: test.concurrent })
  })
}
