import { expect, test } from 'vitest'
import { rules } from '../../architecture/rules.ts'
import { findings } from './fixture.ts'

// The other tests here break each rule on purpose; what they start from must break none.
test.each(rules)('a sound repository breaks no rule: $name', async (rule) => {
  const found = await findings(rule)
  expect(found.filter((finding) => !finding.startsWith('not applicable'))).toEqual([])
})
