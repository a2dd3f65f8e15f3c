import { describeConformance } from '@tasq/testkit/conformance'
import { describe, test } from 'vitest'
import { sqliteHarness } from './support/harness.ts'

for (const library of ['node', 'better-sqlite3'] as const) {
  describe(`with ${library}`, () => {
    describeConformance(sqliteHarness(library, { synchronous: 'normal' }), { describe, test })
  })
}
