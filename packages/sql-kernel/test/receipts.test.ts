import type { Enqueued } from '@tasq/core/driver'
import { expect, test } from 'vitest'
import { answersOf, receiptOf } from '../src/receipts.ts'

const created: Enqueued = { status: 'created' }
const duplicate = (of: string): Enqueued => ({ status: 'duplicate', of })

test.each<{ name: string; answers: readonly Enqueued[] }>([
  { name: 'nothing', answers: [] },
  { name: 'only created tasks', answers: [created, created] },
  { name: 'only duplicates', answers: [duplicate('a'), duplicate('b')] },
  { name: 'both', answers: [created, duplicate('it\'s "one"'), created, duplicate('a')] },
])('a receipt of $name tells what was answered', ({ answers }) => {
  expect(answersOf(receiptOf(answers), answers.length)).toEqual(answers)
})

test('a receipt is short where everything was created', () => {
  expect(receiptOf(Array.from({ length: 1_000 }, () => created)).length).toBeLessThan(10)
})
