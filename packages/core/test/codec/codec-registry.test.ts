import { describe, expect, test } from 'vitest'
import { CodecRegistry } from '../../src/codec/codec-registry.ts'
import { DecodeError, EncodeError, InvalidOptionError } from '../../src/errors.ts'
import { type Codec, defineTask, jsonCodec, msgpackCodec, typed } from '../../src/index.ts'
import { MemoryStore, VirtualClock } from '../../src/memory.ts'
import { present, thrown } from '../support/present.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** A user's own: text, written backwards. */
const backwards: Codec = {
  contentType: 'text/backwards',
  encode: (value) => new TextEncoder().encode([...String(value)].reverse().join('')),
  decode: (bytes) => [...new TextDecoder().decode(bytes)].reverse().join(''),
}

describe('an app', () => {
  test('writes msgpack where nothing is said, and reads msgpack and JSON always [A26]', () => {
    const registry = new CodecRegistry()
    expect(registry.encode({ a: 1n }, 'it').encoding).toBe('msgpack')
    expect(registry.decode({ bytes: msgpackCodec.encode(5n), encoding: 'msgpack' }, 'it')).toBe(5n)
    expect(registry.decode({ bytes: jsonCodec.encode([1]), encoding: 'json' }, 'it')).toEqual([1])
    expect(new CodecRegistry(backwards).decode({ bytes: jsonCodec.encode(1), encoding: 'json' }, 'it')).toBe(
      1,
    )
  })

  test("writes with a user's own codec, under its own content type [A26, S4]", () => {
    const registry = new CodecRegistry(backwards)
    const payload = registry.encode('abc', 'it')
    expect(payload).toEqual({ encoding: 'text/backwards', bytes: new TextEncoder().encode('cba') })
    expect(registry.decode(payload, 'it')).toBe('abc')
  })

  test('reads further codecs without writing them', () => {
    const registry = new CodecRegistry(jsonCodec, [backwards])
    expect(registry.encode('abc', 'it').encoding).toBe('json')
    expect(registry.decode({ bytes: backwards.encode('abc'), encoding: 'text/backwards' }, 'it')).toBe('abc')
  })

  test.each(['', 'a b', 'x'.repeat(65), 'a;b'])('refuses the content type %j', (contentType) => {
    expect(() => new CodecRegistry({ ...backwards, contentType })).toThrow(InvalidOptionError)
    expect(() => new CodecRegistry(jsonCodec, [{ ...backwards, contentType }])).toThrow(InvalidOptionError)
  })
})

test('what cannot be encoded says what it was, in which codec, why, and what to do', () => {
  const registry = new CodecRegistry()
  const error = thrown(() => registry.encode({ a: () => 1 }, "the input of task 'x'"), EncodeError)
  expect(error.code).toBe('TASQ_UNENCODABLE')
  expect(error.message).toContain("'msgpack' can't encode the input of task 'x': a function is no data")
  expect(error.nextStep).toBe(
    'Pass plain data: no functions, no symbols, no cycles, nothing nested more than 100 deep.',
  )
  expect(error.cause).toBeInstanceOf(TypeError)
})

test('what cannot be decoded says what it was, in which codec, and that its bytes are kept', () => {
  const registry = new CodecRegistry()
  const payload = { bytes: new Uint8Array([1, 2]), encoding: 'msgpack' }
  const error = thrown(() => registry.decode(payload, "the input of task 'x'"), DecodeError)
  expect(error.code).toBe('TASQ_UNDECODABLE')
  expect(error.message).toContain("'msgpack' can't decode the input of task 'x'")
  expect(error.nextStep).toContain('Its bytes are kept')
  expect(error.cause).toBeInstanceOf(Error)
})

test('a content type that nobody here knows is named', () => {
  const payload = { bytes: new Uint8Array(), encoding: 'cbor' }
  const error = thrown(() => new CodecRegistry().decode(payload, 'it'), DecodeError)
  expect(error.message).toContain("'cbor'")
  expect(error.message).toContain('this app has no such codec')
})

test('while the format changes, old and new payloads and results are read side by side [A26, S4]', async () => {
  const clock = new VirtualClock()
  const store = new MemoryStore(clock)
  const shout = defineTask({
    name: 'shout',
    keepResult: true,
    input: typed<string>(),
    output: typed<string>(),
  })
  const before = stage({ clock, store, tasks: [shout], codec: jsonCodec })
  const after = stage({
    clock,
    store,
    codec: backwards,
    tasks: [shout.handle((text) => text.toUpperCase())],
  })
  const old = await settled(clock, before.tasq.enqueue(shout, 'old'))
  const fresh = await settled(clock, after.tasq.enqueue(shout, 'new'))
  expect([...store.live.values()].map(({ envelope }) => envelope.payload.encoding)).toEqual([
    'json',
    'text/backwards',
  ])

  await after.tasq.worker().start()
  await eventually(clock, () => after.log.count('task:completed') === 2)
  expect(present(store.finished.get(old.id)?.result).encoding).toBe('text/backwards')
  expect(await settled(clock, after.tasq.handle(shout, old.id).result())).toBe('OLD')
  expect(await settled(clock, fresh.result())).toBe('NEW')
})
