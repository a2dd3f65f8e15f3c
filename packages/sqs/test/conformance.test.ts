import { describeConformance } from '@tasq/testkit/conformance'
import { describe, test } from 'vitest'
import { sqsHarness } from './support/harness.ts'

// Most of the time the cases wait, so all of them may do that together.
describe.concurrent('standard queues', () => {
  describeConformance(sqsHarness('sqs'), { describe, test: test.concurrent })
})
