import { describeConformance } from '@tasq/testkit/conformance'
import { describe, inject, test } from 'vitest'
import { rabbitmqHarness } from './support/harness.ts'

// Most of the time the cases wait, so all of them may do that together.

describe.concurrent('conformance', () => {
  describeConformance(rabbitmqHarness('rabbitmq', { url: inject('rabbitmqUrl') }), {
    describe,
    test: test.concurrent,
  })
})
