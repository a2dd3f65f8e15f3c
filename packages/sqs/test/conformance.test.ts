import { describeConformance } from '@tasq/testkit/conformance'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { sqsHarness } from './support/harness.ts'
import { SqsProxy } from './support/proxy.ts'

// Most of the time the cases wait, so all of them may do that together. Every request passes a proxy that knows the limits of SQS, since
// the emulator does not enforce all of them.

let proxy: SqsProxy
beforeAll(async () => {
  proxy = await SqsProxy.to(inject('sqsAccess').endpoint)
})
afterAll(async () => {
  await proxy.close()
  expect(proxy.requests.length).toBeGreaterThan(1_000)
  expect(proxy.violations).toEqual([])
})

for (const fifo of [false, true]) {
  describe.concurrent(fifo ? 'FIFO queues' : 'standard queues', () => {
    const harness = sqsHarness('sqs', { fifo }, () => proxy.endpoint)
    describeConformance(harness, { describe, test: test.concurrent })
  })
}
