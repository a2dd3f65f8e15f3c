import { describe, expect, test } from 'vitest'
import { Autoscaler, type ScaleLook } from '../../src/pool/autoscaler.ts'

const settings = { min: 1, max: 8, drainTimeMs: 10_000, shrinkAfterMs: 30_000 }

/** The size after each look, one a second, each from the size that the one before came to. */
function sizes(
  looks: readonly Partial<ScaleLook>[],
  size = 1,
  of: Partial<typeof settings> = {},
): readonly number[] {
  const scaler = new Autoscaler({ ...settings, ...of })
  return looks.map((look, index) => {
    const usual = { at: index * 1_000, ready: 0, size, active: 0, concurrency: 10, perSecond: 0 }
    size = scaler.next({ ...usual, ...look })
    return size
  })
}

const many = (count: number, look: Partial<ScaleLook>) => Array.from({ length: count }, () => look)

describe('a pool', () => {
  test('keeps its size while what waits is done in time', () => {
    expect(sizes(many(5, { ready: 500, perSecond: 100 }), 2)).toEqual([2, 2, 2, 2, 2])
  })

  test('grows to what does the work in time, no more than doubling at once, never beyond its most', () => {
    expect(sizes(many(8, { ready: 100_000, perSecond: 100 }))).toEqual([1, 2, 2, 4, 4, 8, 8, 8])
  })

  test('does not grow for a burst that is soon done', () => {
    const burst = { ready: 5_000, perSecond: 100 }
    expect(sizes([burst, { ready: 0, perSecond: 500 }, burst, { ready: 0 }])).toEqual([1, 1, 1, 1])
  })

  test('grows one by one where nothing is known of its speed', () => {
    expect(sizes(many(4, { ready: 1_000, active: 10 }))).toEqual([1, 2, 2, 3])
  })

  test('does not grow for tasks that fit into it', () => {
    expect(sizes(many(4, { ready: 5 }))).toEqual([1, 1, 1, 1])
  })

  test('shrinks by one, each time that fewer have been enough for long', () => {
    const idle = sizes(many(100, {}), 4)
    expect([idle[29], idle[30], idle[59], idle[60], idle[90], idle[99]]).toEqual([4, 3, 3, 2, 1, 1])
  })

  test('does not shrink where fewer were enough only now and then', () => {
    const looks = Array.from({ length: 100 }, (_, at) =>
      at % 20 === 0 ? { ready: 4_000, perSecond: 400, active: 40 } : {},
    )
    expect(sizes(looks, 4).every((size) => size === 4)).toBe(true)
  })

  test('keeps the processes that running tasks need', () => {
    expect(sizes(many(100, { active: 25 }), 4).at(-1)).toBe(3)
  })

  test('never has fewer than its fewest', () => {
    expect(sizes(many(100, {}), 2, { min: 2 }).at(-1)).toBe(2)
    expect(sizes([{}], 0, { min: 2 })).toEqual([2])
  })
})
