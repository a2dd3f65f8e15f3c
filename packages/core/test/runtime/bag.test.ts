import { expect, test } from 'vitest'
import { Bag, type Bagged } from '../../src/runtime/bag.ts'

const item = (): Bagged => ({ place: -1 })

function bagOf(count: number): { readonly bag: Bag<Bagged>; readonly items: readonly Bagged[] } {
  const bag = new Bag<Bagged>()
  const items = Array.from({ length: count }, item)
  for (const each of items) bag.add(each)
  return { bag, items }
}

test('holds what was added until it is deleted, whichever goes first', () => {
  for (const order of [
    [0, 1, 2, 3],
    [3, 2, 1, 0],
    [1, 3, 0, 2],
  ]) {
    const { bag, items } = bagOf(4)
    const left = new Set(items)
    for (const index of order) {
      const gone = items[index] as Bagged
      expect([bag.has(gone), bag.delete(gone), bag.has(gone)]).toEqual([true, true, false])
      left.delete(gone)
      expect(new Set(bag)).toEqual(left)
      expect(bag.size).toBe(left.size)
    }
  }
})

test('what is not there can not be deleted', () => {
  const { bag, items } = bagOf(2)
  const [first] = items as [Bagged, Bagged]
  bag.delete(first)
  expect([bag.delete(first), bag.delete(item()), bag.size]).toEqual([false, false, 1])
})

test('what is there already is not added again', () => {
  const { bag, items } = bagOf(1)
  bag.add(items[0] as Bagged)
  expect(bag.size).toBe(1)
})
