import { expect, test } from 'vitest'
import { InvalidOptionError } from '../../src/errors.ts'
import { discard, snooze } from '../../src/index.ts'
import { isDiscard, isSnooze } from '../../src/task/outcomes.ts'

test('snooze carries its delay in ms', () => {
  const snoozed = snooze('5m')
  expect(snoozed.delayMs).toBe(300_000)
  expect(isSnooze(snoozed)).toBe(true)
  expect(isDiscard(snoozed)).toBe(false)
})

test('discard carries its reason', () => {
  const discarded = discard('no longer wanted')
  expect(discarded.reason).toBe('no longer wanted')
  expect(isDiscard(discarded)).toBe(true)
  expect(isSnooze(discarded)).toBe(false)
})

test('a snooze that is no duration is refused where it is made', () => {
  expect(() => snooze(-1)).toThrow(InvalidOptionError)
})

test.each([
  undefined,
  null,
  1,
  'snooze',
  {},
  { kind: 'snooze', delayMs: 5 },
  { delayMs: 5 },
  { reason: 'x' },
])('%j is a result and nothing else', (value) => {
  expect(isSnooze(value)).toBe(false)
  expect(isDiscard(value)).toBe(false)
})

test('copies of this package understand each other, by a mark that they share', () => {
  const foreign = { [Symbol.for('tasq.handler-outcome')]: 'snooze', delayMs: 5 }
  expect(isSnooze(foreign)).toBe(true)
})
