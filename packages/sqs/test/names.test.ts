import { expect, test } from 'vitest'
import { chunksOf, inBatches } from '../src/batching.ts'
import { bytesOfText, fifoIds, incoming, textOf } from '../src/messages.ts'
import { QueueNames } from '../src/names.ts'

const names = new QueueNames('tasq-', false)

test.each([
  ['work', 'tasq-work'],
  ['Work', 'tasq-Work'],
  ['high-mail', 'tasq-high-mail'],
  ['a_b', 'tasq-a_5fb'],
  ['a.b', 'tasq-a_2eb'],
  ['ä', 'tasq-_c3_a4'],
  ['two words', 'tasq-two_20words'],
])('the queue %s is %s', (queue, name) => {
  expect(names.of(queue, 'normal')).toBe(name)
  expect(names.of(queue, 'high')).toBe(`${name}__high`)
  expect(names.of(queue, 'dead')).toBe(`${name}__dead`)
  expect(names.kindOf(queue, names.of(queue, 'low'))).toBe('low')
})

test('long names are shortened, each to one of its own, and are legal', () => {
  const long = [200, 201, 1_000].flatMap((length) => ['n', 'ü', '漢'].map((letter) => letter.repeat(length)))
  for (const isFifo of [false, true]) {
    for (const prefix of ['', 'tasq-', 'x'.repeat(36)]) {
      const all = new QueueNames(prefix, isFifo)
      const made = long.map((queue) => all.of(queue, 'critical'))
      expect(new Set(made).size).toBe(long.length)
      for (const name of made) {
        expect(name.length).toBeLessThanOrEqual(80)
        expect(name).toMatch(isFifo ? /^[\w-]+\.fifo$/ : /^[\w-]+$/)
      }
    }
  }
})

test('no name is taken for another', () => {
  const queues = [
    'a',
    'a_',
    'a__high',
    'a_5f',
    'a_5f_5fhigh',
    'a_x',
    'a b',
    'a_20b',
    'A',
    'n'.repeat(100),
    'n'.repeat(101),
  ]
  const kinds = ['normal', 'critical', 'high', 'low', 'dead'] as const
  const made = queues.flatMap((queue) => kinds.map((kind) => names.of(queue, kind)))
  expect(new Set(made).size).toBe(made.length)
})

test('batches hold ten items, and no more bytes than a request may', () => {
  expect(chunksOf(Array.from({ length: 23 }, (_, index) => index)).map(({ length }) => length)).toEqual([
    10, 10, 3,
  ])
  expect(chunksOf([])).toEqual([])
  expect(chunksOf([600_000, 400_000, 48_576, 1, 1_048_576], (size) => size)).toEqual([
    [600_000, 400_000, 48_576],
    [1],
    [1_048_576],
  ])
})

test('an entry that is not answered has failed, and may be sent again', async () => {
  const outcomes = await inBatches(['a', 'b', 'c'], {
    where: 'SQS here',
    send: async () => ({ Successful: [{ Id: '2' }, { Id: '0' }] }),
  })
  expect(outcomes).toMatchObject([undefined, { error: { retryable: true, outcome: 'unknown' } }, undefined])
})

test('bytes travel as text and come back; other text is taken as it is', () => {
  for (const length of [0, 1, 2, 3, 100]) {
    const bytes = Buffer.alloc(length, 251)
    expect(bytesOfText(textOf(bytes)).equals(bytes)).toBe(true)
  }
  expect(bytesOfText('{"from": "elsewhere"}').toString()).toBe('{"from": "elsewhere"}')
})

test('a message that lacks everything can be read all the same', () => {
  expect(incoming({ MessageId: 'm' })).toMatchObject({
    messageId: 'm',
    body: '',
    notes: { id: 'm', laterMs: undefined, reason: undefined },
    receiveCount: 1,
  })
  const MessageAttributes = { 'tasq-id': { DataType: 'String', StringValue: '%E4' } }
  expect(incoming({ MessageId: 'm', MessageAttributes }).notes.id).toBe('%E4')
})

test('ids of FIFO queues that are not legal are replaced by digests', () => {
  expect(fifoIds('group-1', 'id')).toEqual({ group: 'group-1', deduplication: 'id' })
  const { group, deduplication } = fifoIds('ä', 'x'.repeat(129))
  expect([group, deduplication].every((id) => /^[0-9a-f]{64}$/.test(id))).toBe(true)
})
