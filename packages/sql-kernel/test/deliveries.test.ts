import { describe, expect, test } from 'vitest'
import { deliveryOf, lostDeliveryOf, readablePolicy } from '../src/deliveries.ts'
import { claimedRow, envelope, lostRow, NOW, policy, readPolicy } from './support/rows.ts'

const later = NOW + 60_000

describe('a claimed row', () => {
  test('is a task under the token of the claim', () => {
    const row = claimedRow({ attempt: 2, readyAt: NOW + 1, expiresAt: later, history: '{"losses":1}' })
    expect(deliveryOf(row, 'token-7', NOW + 2)).toEqual({
      kind: 'task',
      lease: { queue: 'default', id: 'task-1', token: 'token-7' },
      envelope: { ...envelope(), policy: readPolicy },
      attempt: 2,
      enqueuedAt: NOW,
      readyAt: NOW + 1,
      expiresAt: later,
      history: { losses: 1 },
      now: NOW + 2,
    })
  })

  test.each([
    ['a policy that is cut off', { policy: '{"maxAttempts":' }, /JSON/],
    ['a policy of something else', { policy: '[1]' }, /no task policy: \[1\]/],
    ['headers that are cut off', { headers: '{' }, /JSON/],
    ['headers of something else', { headers: '{"a":1}' }, /no headers: \{"a":1\}/],
  ])('with %s is a corrupt one that can be settled', (_, columns, problem) => {
    const row = claimedRow({ ...columns, attempt: 4, leaseMs: 5_000 })
    expect(deliveryOf(row, 'token-7', NOW)).toEqual({
      kind: 'corrupt',
      lease: { queue: 'default', id: 'task-1', token: 'token-7' },
      problem: expect.stringMatching(problem),
      attempt: 4,
      leaseMs: 5_000,
      now: NOW,
    })
  })

  test('with a history that can not be read is a task without one', () => {
    expect(deliveryOf(claimedRow({ history: '{' }), 'token-7', NOW)).toMatchObject({
      kind: 'task',
      history: undefined,
    })
  })
})

describe('a lost row', () => {
  test('is a delivery under the new token that tells of the old one', () => {
    const row = lostRow({ attempt: 2, keepResultMs: 0, history: '{"losses":1}' })
    expect(lostDeliveryOf(row, 'token-2', NOW)).toEqual({
      lease: { queue: 'default', id: 'task-1', token: 'token-2' },
      task: 'work',
      attempt: 2,
      policy: readPolicy,
      keepResultMs: 0,
      history: { losses: 1 },
      cancelRequest: undefined,
      lostToken: 'token-1',
      lostAt: NOW - 5_000,
      now: NOW,
    })
  })

  test.each([
    ['no mark', {}, undefined],
    ['a reason without a mark', { cancelReason: 'left over' }, undefined],
    ['a mark', { isCancelRequested: true }, { reason: undefined }],
    ['a mark with a reason', { isCancelRequested: true, cancelReason: 'moot' }, { reason: 'moot' }],
    ['a mark with an empty reason', { isCancelRequested: true, cancelReason: '' }, { reason: '' }],
  ])('with %s', (_, columns, cancelRequest) => {
    expect(lostDeliveryOf(lostRow(columns), 'token-2', NOW).cancelRequest).toEqual(cancelRequest)
  })

  test('that can not be read stops nobody', () => {
    const row = lostRow({ policy: '{', history: '{', keepResultMs: null })
    expect(lostDeliveryOf(row, 'token-2', NOW)).toMatchObject({
      policy: undefined,
      history: undefined,
      keepResultMs: undefined,
    })
  })
})

test.each([
  ['is there', JSON.stringify(policy), readPolicy],
  ['is absent', null, undefined],
  ['can not be read', '{', undefined],
])('a policy that %s', (_, text, expected) => {
  expect(readablePolicy(text)).toEqual(expected)
})
