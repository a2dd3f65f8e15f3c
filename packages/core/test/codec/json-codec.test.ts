import { expect, test } from 'vitest'
import { jsonCodec } from '../../src/codec/json-codec.ts'

function roundTrip(value: unknown): unknown {
  return jsonCodec.decode(jsonCodec.encode(value))
}

test('writes JSON that any language reads', () => {
  expect(new TextDecoder().decode(jsonCodec.encode({ path: 'ä.png', width: 800 }))).toBe(
    '{"path":"ä.png","width":800}',
  )
})

test.each([{ a: [1, 'b', null, { c: true }] }, [], 'text', 0, false, null])('%j comes back', (value) => {
  expect(roundTrip(value)).toStrictEqual(value)
})

test('carries what JSON carries: dates as text, no undefined properties, no input as null', () => {
  expect(roundTrip({ at: new Date(0), nothing: undefined })).toStrictEqual({ at: '1970-01-01T00:00:00.000Z' })
  expect(roundTrip(undefined)).toBeNull()
})

const cycle: Record<string, unknown> = {}
cycle.self = cycle

test.each<[string, unknown]>([
  ['a BigInt', { n: 1n }],
  ['a cycle', cycle],
  ['a function', () => 1],
  ['a symbol', Symbol('a')],
  ['what says of itself that it is nothing', { toJSON: () => undefined }],
])('%s is refused', (_, value) => {
  expect(() => jsonCodec.encode(value)).toThrow(TypeError)
})

test.each<[string, Uint8Array]>([
  ['no bytes', new Uint8Array()],
  ['broken JSON', new TextEncoder().encode('{"a":')],
  ['bytes that are no UTF-8', new Uint8Array([0x22, 0xff, 0xfe, 0x22])],
])('%s cannot be read', (_, bytes) => {
  expect(() => jsonCodec.decode(bytes)).toThrow()
})
