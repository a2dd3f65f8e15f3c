import { expect, test } from 'vitest'
import { BANDS, bandOf, bandsIn } from '../src/index.ts'

test('without a range all bands are asked, the most urgent first', () => {
  expect(bandsIn(undefined)).toEqual(BANDS)
  expect(bandsIn({ lowest: -128, highest: 127 })).toEqual(BANDS)
})

test.each([
  [75, 127, ['critical']],
  [25, 74, ['high']],
  [-25, 24, ['normal']],
  [-128, -26, ['low']],
  [25, 127, ['critical', 'high']],
  [-128, 24, ['normal', 'low']],
] as const)('priorities from %i to %i are those of %o', (lowest, highest, bands) => {
  expect(bandsIn({ lowest, highest })).toEqual(bands)
})

test('each priority is in the band that is asked for it', () => {
  for (let priority = -128; priority <= 127; priority++) {
    const asked = [-128, -25, 25, 75].filter((lowest) => lowest <= priority).at(-1) ?? 0
    const highest = asked === -128 ? -26 : asked === -25 ? 24 : asked === 25 ? 74 : 127
    expect(bandsIn({ lowest: asked, highest })).toEqual([bandOf(priority)])
  }
})
