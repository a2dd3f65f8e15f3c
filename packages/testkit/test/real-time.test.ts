import { expect, test } from 'vitest'
import { realTimeHarness } from './memory-harness.ts'
import { redCases } from './run-all.ts'

test('the suite passes in real time as well, all cases at once', { timeout: 60_000 }, async () => {
  expect(await redCases(realTimeHarness)).toEqual([])
})
