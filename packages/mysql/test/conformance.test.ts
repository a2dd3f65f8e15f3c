import { describeConformance } from '@tasq/testkit/conformance'
import { describe, test } from 'vitest'
import { mysqlHarness } from './support/harness.ts'

for (const kind of ['own pool', 'pool of the user'] as const) {
  describe.concurrent(`with its ${kind}`, () => {
    describeConformance(mysqlHarness(kind), { describe: describe.concurrent, test: test.concurrent })
  })
}
