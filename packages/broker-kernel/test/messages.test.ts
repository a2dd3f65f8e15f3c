import type { Envelope, NewTask } from '@tasq/core/driver'
import { describe, expect, test } from 'vitest'
import {
  BANDS,
  bandOf,
  decodeLetter,
  decodeTask,
  encodeLetter,
  encodeTask,
  letterOf,
  matchesFilter,
  storedTaskOf,
} from '../src/index.ts'

const NOW = 1_767_225_600_000
const policy = Object.freeze({
  maxAttempts: 4,
  retry: Object.freeze({ strategy: 'fixed', delayMs: 1_500, maxDelayMs: 90_000, jitter: 0.25 } as const),
  deadLetterMs: 86_400_000,
})

function envelope(over: Partial<Envelope> = {}): Envelope {
  return {
    formatVersion: 1,
    id: 'a',
    queue: 'wörk 🐢',
    task: 'some.task',
    payload: { bytes: new Uint8Array([0, 255, 10]), encoding: 'msgpack' },
    headers: { trace: 'späte "Spur"' },
    priority: -50,
    leaseMs: 30_000,
    keepResultMs: 1_000,
    unique: { key: 'k', windowMs: 5 },
    policy,
    ...over,
  }
}

function newTask(times: Partial<Omit<NewTask, 'envelope'>> = {}): NewTask {
  return {
    envelope: envelope(),
    delayMs: undefined,
    dueAt: undefined,
    expiresInMs: undefined,
    expiresAt: undefined,
    ...times,
  }
}

const stored = {
  envelope: envelope(),
  attempts: 2,
  enqueuedAt: NOW,
  readyAt: NOW + 5,
  expiresAt: NOW + 10,
  history: { losses: 1 },
}

describe('a task', () => {
  test('comes back as it was', () => {
    const read = decodeTask(encodeTask(stored))
    expect({ ...read, envelope: { ...read.envelope, payload: null } }).toEqual({
      ...stored,
      envelope: { ...stored.envelope, payload: null },
    })
    expect([...read.envelope.payload.bytes]).toEqual([0, 255, 10])
    expect(read.envelope.payload.encoding).toBe('msgpack')
  })

  test('comes back without what it lacks', () => {
    const bare = {
      ...stored,
      envelope: envelope({ headers: undefined, unique: undefined, keepResultMs: undefined }),
      expiresAt: undefined,
      history: undefined,
    }
    const { envelope: read, expiresAt, history } = decodeTask(encodeTask(bare))
    expect([read.headers, read.unique, read.keepResultMs, expiresAt, history]).toEqual(
      Array(5).fill(undefined),
    )
  })

  test('shares its policy with others of its definition', () => {
    const body = encodeTask(stored)
    expect(decodeTask(body).envelope.policy).toBe(
      decodeTask(encodeTask({ ...stored, attempts: 3 })).envelope.policy,
    )
  })

  test.each<[string, (body: Buffer) => Uint8Array, RegExp]>([
    ['empty', () => new Uint8Array(), /0 bytes/],
    ['of another version', (body) => Buffer.concat([Buffer.from([9]), body.subarray(1)]), /format 9/],
    ['cut', (body) => body.subarray(0, 40), /ends after 40 bytes/],
    [
      'without fields',
      (body) => Buffer.concat([body.subarray(0, 5), Buffer.from('x'), body.subarray(6)]),
      /JSON/,
    ],
  ])('that is %s is refused, with what is wrong', (_, harm, message) => {
    expect(() => decodeTask(harm(encodeTask(stored)))).toThrow(message)
  })
})

test.each([
  [{}, { readyAt: NOW, expiresAt: undefined }],
  [
    { delayMs: 5, expiresInMs: 7 },
    { readyAt: NOW + 5, expiresAt: NOW + 7 },
  ],
  [
    { dueAt: NOW + 9, expiresAt: NOW + 11 },
    { readyAt: NOW + 9, expiresAt: NOW + 11 },
  ],
  [{ dueAt: NOW - 9 }, { readyAt: NOW, expiresAt: undefined }],
])('times %o become instants', (times, expected) => {
  expect(storedTaskOf(newTask(times), NOW)).toMatchObject({ attempts: 0, enqueuedAt: NOW, ...expected })
})

describe('a dead letter', () => {
  const failure = { name: 'Error', message: 'broke', attempt: 2, at: NOW }
  const lease = { queue: 'wörk 🐢', id: 'a', token: 't' }
  const burial = {
    kind: 'deadLetter',
    lease,
    reason: 'exhausted',
    attempts: 2,
    keepMs: 50,
    failure,
    history: { losses: 1 },
  } as const

  test('tells what its task was and why it died, and carries its message', () => {
    const body = encodeTask(stored)
    const { letter, body: kept } = decodeLetter(encodeLetter(letterOf(burial, NOW), body))
    expect(Buffer.compare(kept, body)).toBe(0)
    expect(letter).toMatchObject({
      id: 'a',
      queue: 'wörk 🐢',
      task: 'some.task',
      reason: 'exhausted',
      failure,
      attempts: 2,
      diedAt: NOW,
      keptUntil: NOW + 50,
      priority: -50,
      policy,
      headers: { trace: 'späte "Spur"' },
    })
  })

  test('of a task that can’t be read keeps the bytes of its payload', () => {
    const body = encodeTask(stored)
    body[5] = 0
    const { letter } = decodeLetter(encodeLetter(letterOf({ ...burial, reason: 'undecodable' }, NOW), body))
    expect([...letter.payload.bytes]).toEqual([0, 255, 10])
    expect(letter).toMatchObject({ id: 'a', reason: 'undecodable', policy: undefined })
  })

  test.each([
    [{}, true],
    [{ ids: ['a', 'b'] }, true],
    [{ ids: ['b'] }, false],
    [{ task: 'some.task', reason: 'exhausted' as const }, true],
    [{ task: 'another' }, false],
    [{ reason: 'lost' as const }, false],
    [{ queue: 'another' }, false],
  ])('meets the filter %o: %s', (filter, expected) => {
    const { letter } = decodeLetter(encodeLetter(letterOf(burial, NOW), encodeTask(stored)))
    expect(matchesFilter(letter, { queue: 'wörk 🐢', ...filter })).toBe(expected)
  })

  test('that is none is refused', () => {
    expect(() => decodeLetter(new Uint8Array(3))).toThrow(/3 bytes/)
  })
})

test('priorities are rounded to the nearest of four levels', () => {
  expect([127, 100, 75, 74, 50, 25, 24, 0, -25, -26, -50, -128].map(bandOf)).toEqual([
    ...['critical', 'critical', 'critical', 'high', 'high', 'high'],
    ...['normal', 'normal', 'normal', 'low', 'low', 'low'],
  ])
  expect(BANDS).toEqual(['critical', 'high', 'normal', 'low'])
})
