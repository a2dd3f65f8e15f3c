import { describe, expect, test } from 'vitest'
import { afterOf, pageOf } from '../src/cursor.ts'

function encoded(text: string): string {
  return Buffer.from(text).toString('base64url')
}

test('the items of a page are made of its rows, in their order', () => {
  const page = pageOf('ready', { rows: [1, 2, 3], next: null }, (row) => `item ${row}`)
  expect(page).toEqual({ items: ['item 1', 'item 2', 'item 3'], cursor: undefined })
})

test('the first page starts after nothing', () => {
  expect(afterOf('ready', undefined)).toBeNull()
})

describe('the next page starts after', () => {
  test.each([[[5]], [[50, 1_767_225_600_000, 12]], [[-128, 0, 0.5]], [['queue "a"', '世界 👋\n']], [[]]])(
    '%j',
    (next) => {
      const { cursor } = pageOf('ready', { rows: [], next }, (row) => row)
      expect(cursor).toMatch(/^[\w-]+$/)
      expect(afterOf('ready', cursor)).toEqual(next)
    },
  )
})

describe('what no page gave is refused as a wrong option', () => {
  test.each([
    ['nothing', ''],
    ['any text', 'next please'],
    ['a position as it is inside', '[5]'],
    ['text that is cut off', encoded('[5')],
    ['an object', encoded('{"after":5}')],
    ['a number', encoded('5')],
    ['null', encoded('null')],
    ['a list with null in it', encoded('["ready",null]')],
    ['a list with a list in it', encoded('["ready",[5]]')],
    ['a list with a flag in it', encoded('["ready",true]')],
    ['a position in another list', encoded('["active",5]')],
    ['a position in no list', encoded('[5]')],
  ])('%s', (_, cursor) => {
    expect(() => afterOf('ready', cursor)).toThrow(
      expect.objectContaining({ code: 'TASQ_INVALID_OPTION', option: 'cursor' }),
    )
  })
})
