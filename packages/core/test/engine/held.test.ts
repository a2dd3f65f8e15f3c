import { expect, test } from 'vitest'
import { Held } from '../../src/engine/held.ts'
import type { Hold } from '../../src/engine/hold.ts'
import { hold as newHold } from '../support/builders.ts'

function heldOf(count: number): { readonly held: Held; readonly holds: readonly Hold[] } {
  const held = new Held()
  const holds = Array.from({ length: count }, () => newHold())
  for (const hold of holds) held.add(hold)
  return { held, holds }
}

test('holds what was added until it is deleted, whichever goes first', () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ]) {
    const { held, holds } = heldOf(4)
    const left = new Set(holds)
    for (const index of order) {
      const hold = holds[index] as Hold
      expect([held.has(hold), held.delete(hold), held.has(hold)]).toEqual([true, true, false])
      left.delete(hold)
      expect(new Set(held)).toEqual(left)
      expect(held.size).toBe(left.size)
    }
  }
})

test('what is not there can not be deleted', () => {
  const { held, holds } = heldOf(2)
  const [first] = holds as [Hold, Hold]
  held.delete(first)
  expect([held.delete(first), held.delete(newHold()), held.size]).toEqual([false, false, 1])
})
