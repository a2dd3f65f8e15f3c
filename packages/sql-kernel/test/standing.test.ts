import type { SettleAnswer, Settlement } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import { judge, mayApply, type Standing } from '../src/standing.ts'

const lease = { queue: 'default', id: 'task-1', token: 'mine' }
const settlements: readonly Settlement[] = [
  { kind: 'complete', lease, attempt: 1, keepMs: undefined, result: undefined },
  { kind: 'retry', lease, delayMs: 0, attempts: 1, history: undefined },
  { kind: 'release', lease, delayMs: 0, attempts: 0, history: undefined },
  {
    kind: 'deadLetter',
    lease,
    reason: 'exhausted',
    attempts: 1,
    keepMs: 0,
    failure: undefined,
    history: undefined,
  },
  { kind: 'cancel', lease, attempt: 1, reason: undefined, keepMs: undefined },
]

interface Case {
  readonly where: string
  readonly standing: Standing
  /** Kinds that may be applied. */
  readonly applied: readonly Settlement['kind'][]
  /** The answer to the others. */
  readonly answer: SettleAnswer
}

const cases: readonly Case[] = [
  { where: 'there is no such task', standing: { kind: 'gone' }, applied: [], answer: 'gone' },
  {
    where: 'it waits, and this lease was settled last: a repeat',
    standing: { kind: 'waiting', token: 'mine' },
    applied: [],
    answer: 'settled',
  },
  {
    where: 'it waits, and another lease was settled last',
    standing: { kind: 'waiting', token: 'yours' },
    applied: [],
    answer: 'lost',
  },
  {
    where: 'it waits, and was never settled',
    standing: { kind: 'waiting', token: null },
    applied: [],
    answer: 'lost',
  },
  {
    where: 'it is claimed under another token',
    standing: { kind: 'claimed', token: 'yours', isCancelRequested: false },
    applied: [],
    answer: 'lost',
  },
  {
    where: 'it is claimed under another token, with a cancel mark',
    standing: { kind: 'claimed', token: 'yours', isCancelRequested: true },
    applied: [],
    answer: 'lost',
  },
  {
    where: 'it is claimed under this token, with a cancel mark',
    standing: { kind: 'claimed', token: 'mine', isCancelRequested: true },
    applied: ['complete', 'deadLetter', 'cancel'],
    answer: 'cancelled',
  },
]

describe.each(cases)('where $where', ({ standing, applied, answer }) => {
  test.each(settlements)('$kind', (settlement) => {
    const isApplied = applied.includes(settlement.kind)
    expect(mayApply(settlement, standing)).toBe(isApplied)
    if (!isApplied) expect(judge(settlement, standing)).toBe(answer)
  })
})

test.each(settlements)('$kind is applied under its own token', (settlement) => {
  expect(mayApply(settlement, { kind: 'claimed', token: 'mine', isCancelRequested: false })).toBe(true)
})

test('only what puts a task back gives way to a cancel mark', () => {
  const marked: Standing = { kind: 'claimed', token: 'mine', isCancelRequested: true }
  const refused = settlements.filter((settlement) => !mayApply(settlement, marked))
  expect(refused.map(({ kind }) => kind)).toEqual(['retry', 'release'])
})
