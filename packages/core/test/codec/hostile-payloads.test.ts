import fc from 'fast-check'
import { Packr } from 'msgpackr'
import { describe, expect, test } from 'vitest'
import { CodecRegistry } from '../../src/codec/codec-registry.ts'
import { jsonCodec } from '../../src/codec/json-codec.ts'
import { checkMsgpack } from '../../src/codec/msgpack-check.ts'
import { msgpackCodec } from '../../src/codec/msgpack-codec.ts'
import { DecodeError, EncodeError } from '../../src/errors.ts'

const codecs = new CodecRegistry()
const RECORDS = 0xc1

function decode(bytes: Uint8Array, encoding = 'msgpack'): unknown {
  return codecs.decode({ bytes, encoding }, 'a payload')
}

const bytes = (...parts: readonly (number | string)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.of(part) : Buffer.from(part))))
const repeated = (byte: number, times: number): Uint8Array => new Uint8Array(times).fill(byte)

describe('bytes that no codec has written are a DecodeError, at once', () => {
  test.each<[string, Uint8Array]>([
    ['nothing', bytes()],
    ['arrays nested 100,000 deep', repeated(0x91, 100_000)],
    [
      'maps nested 100,000 deep',
      Buffer.concat(Array.from({ length: 100_000 }, () => bytes(0x81, 0xa1, 'a'))),
    ],
    [
      'Sets nested 100,000 deep',
      Buffer.concat(Array.from({ length: 100_000 }, () => bytes(0xd4, 0x73, 0, 0x91))),
    ],
    ['keys of keys', repeated(0x81, 100_000)],
    ['a list of 4 billion', bytes(0xdd, 0xff, 0xff, 0xff, 0xff)],
    [
      'many lists of 4 billion',
      Buffer.concat(Array.from({ length: 50 }, () => bytes(0xdd, 0xff, 0xff, 0xff, 0xff))),
    ],
    [
      'lists that each announce all that is left',
      Buffer.concat(Array.from({ length: 90 }, () => bytes(0xdc, 1, 0))),
    ],
    ['a map of 4 billion', bytes(0xdf, 0xff, 0xff, 0xff, 0xff)],
    ['a text of 4 GB', bytes(0xdb, 0xff, 0xff, 0xff, 0xff)],
    ['a text that is cut off', bytes(0xa5, 'abc')],
    ['bytes of 4 GB', bytes(0xc6, 0xff, 0xff, 0xff, 0xff)],
    ['an extension of 4 GB', bytes(0xc9, 0xff, 0xff, 0xff, 0xff, 0xff)],
    ['an unknown extension', bytes(0xd4, 0x01, 0x00)],
    ['a pointer of a structured clone', bytes(0xd6, 0x70, 0, 0, 0, 1)],
    ['an id of a structured clone, in a cycle', bytes(0xd6, 0x69, 0, 0, 0, 1, 0x91, 0xd6, 0x70, 0, 0, 0, 1)],
    ['bundled strings', bytes(0xd6, 0x62, 0, 0, 0, 4, 0xa1, 'a', 0xa1, 'b', 0xc0)],
    ['a record where there are none', bytes(0xd4, 0x72, 0x40, 0x91, 0xa1, 'a', 0x01)],
    ['a record without keys', bytes(RECORDS, 0xd4, 0x72, 0x40, 0x01)],
    ['a record whose keys nest', bytes(RECORDS, 0xd4, 0x72, 0x40, 0x91, 0x91, 0xa1, 'a', 0x01)],
    ['a record with 4 billion keys', bytes(RECORDS, 0xd4, 0x72, 0x40, 0xdd, 0xff, 0xff, 0xff, 0xff)],
    [
      'records nested 100,000 deep',
      bytes(RECORDS, 0xd4, 0x72, 0x40, 0x91, 0xa1, 'a', ...Array<number>(100_000).fill(0x40)),
    ],
    ['the key __proto__', bytes(0x81, 0xa9, '__proto__', 0x80)],
    ['the key __proto__ of a number', bytes(0x81, 0xa9, '__proto__', 0x01)],
    ['a small object with more after its end', bytes(0x81, 0xa1, 'a', 0x01, 0x01)],
    ['a small object whose text is cut off', bytes(0x81, 0xa1, 'a', 0xa5, 'ab')],
    ['a small object whose longer text is cut off', bytes(0x81, 0xa1, 'a', 0xd9, 9, 'ab')],
    ['a small object whose number is cut off', bytes(0x81, 0xa1, 'a', 0xcd, 0x01)],
    ['a small object whose key is cut off', bytes(0x82, 0xa1, 'a', 0x01, 0xa9, 'ab')],
    ['the key __proto__, written long', bytes(0x81, 0xd9, 9, '__proto__', 0x80)],
    ['the key __proto__, deep inside', bytes(0x91, 0x81, 0xa1, 'a', 0x81, 0xa9, '__proto__', 0x80)],
    ['the key __proto__ of a record', bytes(RECORDS, 0xd4, 0x72, 0x40, 0x91, 0xa9, '__proto__', 0x01)],
    ['a prototype of a constructor', bytes(0x81, 0xab, 'constructor', 0x81, 0xa9, 'prototype', 0x80)],
    [
      'a prototype of a constructor, in records',
      bytes(
        RECORDS,
        0xd4,
        0x72,
        0x40,
        0x91,
        0xab,
        'constructor',
        0xd4,
        0x72,
        0x41,
        0x91,
        0xa9,
        'prototype',
        0x01,
      ),
    ],
    ['an error without its parts', bytes(0xd4, 0x65, 0, 0xa4, 'eval')],
    ['a Set of nothing', bytes(0xd4, 0x73, 0, 0x05)],
    ['an empty BigInt', bytes(0xc7, 0, 0x42)],
    ['a typed array that is none', bytes(0xc7, 2, 0x74, 99, 0)],
    ['a byte that begins nothing', bytes(0x91, 0xc1)],
    ['two values', bytes(0x01, 0x02)],
  ])('%s', (_, hostile) => {
    const start = performance.now()
    expect(() => decode(hostile)).toThrow(DecodeError)
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  test.each<[string, string]>([
    ['nested 100,000 deep', '['.repeat(100_000) + ']'.repeat(100_000)],
    ['nested 101 deep', '['.repeat(101) + ']'.repeat(101)],
    ['with a key __proto__', '{"a":[{"__proto__":{"isAdmin":true}}]}'],
    ['with an escaped key __proto__', '{"\\u005f_proto__":1}'],
    ['with a prototype of a constructor', '{"constructor":{"prototype":{}}}'],
    ['that is none', '{'],
  ])('JSON %s', (_, text) => {
    expect(() => decode(Buffer.from(text), 'json')).toThrow(DecodeError)
  })

  test('whatever they are, and no property of all objects changes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (random, hasRecords) => {
        tryDecode(hasRecords ? bytes(RECORDS, random as never) : random)
      }),
      { numRuns: 20_000 },
    )
    expect(Object.keys(Object.prototype)).toEqual([])
  })

  test('payloads with some bytes changed as well', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255))
    fc.assert(
      fc.property(anyValue, fc.array(change, { minLength: 1, maxLength: 4 }), (value, changes) => {
        const broken = Uint8Array.from(msgpackCodec.encode(value))
        for (const [at, byte] of changes) broken[at % broken.length] = byte
        tryDecode(broken)
      }),
      { numRuns: 5_000 },
    )
  })
})

describe('what can be written can be read', () => {
  test('any plain data', () => {
    fc.assert(
      fc.property(anyValue, (value) => {
        expect(msgpackCodec.decode(msgpackCodec.encode(value))).toEqual(value)
      }),
      { numRuns: 3_000 },
    )
  })

  test.each([
    ['arrays', nestedArrays],
    ['objects', (depth: number) => nested(depth, (inner) => ({ inner }))],
    ['Maps', (depth: number) => nested(depth, (inner) => new Map([['inner', inner]]))],
    ['Sets', (depth: number) => nested(depth, (inner) => new Set([inner]))],
    ['errors', (depth: number) => nested(depth, (inner) => new Error('x', { cause: inner }))],
  ] as const)('%s, 100 deep, and 101 deep they are refused', (_, make) => {
    for (const codec of [undefined, jsonCodec]) {
      const registry = new CodecRegistry(codec)
      expect(() => registry.decode(registry.encode(make(100), 'it'), 'it')).not.toThrow()
      expect(() => registry.encode(make(101), 'it')).toThrow(EncodeError)
    }
    expect(() => decode(new Packr({ moreTypes: true, useRecords: false }).pack(make(101)))).toThrow(
      DecodeError,
    )
  })

  test.each<[string, unknown]>([
    ['the word __proto__ as a value', { a: '__proto__', b: ['constructor'] }],
    ['a company named constructor', { constructor: 'Smith', prototype: { a: 1 } }],
    ['a Map with any key', new Map<unknown, unknown>([['__proto__', { constructor: 1 }]])],
    [
      'objects of many shapes beside a Map',
      [new Map(), ...Array.from({ length: 300 }, (_, at) => ({ [`k${at}`]: { at } }))],
    ],
    [
      'objects of one shape beside a Map',
      [new Map(), ...Array.from({ length: 300 }, (_, at) => ({ at, b: { at } }))],
    ],
  ])('%s', (_, value) => {
    expect(msgpackCodec.decode(msgpackCodec.encode(value))).toEqual(value)
  })
})

describe('what can not be written is an EncodeError that names it', () => {
  const cyclic: Record<string, unknown> = {}
  cyclic['self'] = [cyclic]
  const crowd = nested(60, (inner) => [inner, inner])
  test.each<[string, unknown]>([
    ['a cycle', cyclic],
    ['100,000 levels', nestedArrays(100_000)],
    ['a key __proto__', JSON.parse('{"__proto__":1}')],
    ['a prototype of a constructor', { constructor: { prototype: 1 } }],
    ['one value in 2^60 places', crowd],
    ['what toJSON gives', { toJSON: () => cyclic }],
  ])('%s', (_, value) => {
    for (const codec of [undefined, jsonCodec, { ...jsonCodec, contentType: 'own' }]) {
      expect(() => new CodecRegistry(codec).encode(value, "the input of task 'work'")).toThrow(
        expect.objectContaining({
          code: 'TASQ_UNENCODABLE',
          message: expect.stringContaining("the input of task 'work'"),
        }),
      )
    }
  })
})

test('a codec of one’s own is held to the same depth', () => {
  const own = { contentType: 'own', encode: jsonCodec.encode, decode: () => nestedArrays(101) }
  const registry = new CodecRegistry(own)
  expect(() => registry.decode(registry.encode(1, 'it'), 'it')).toThrow(DecodeError)
})

const anyValue = fc.anything({
  key: fc.string().filter((key) => !['__proto__', '__proto_', 'constructor', 'toJSON'].includes(key)),
  // MessagePack by msgpackr has one zero.
  values: [
    ...[fc.string(), fc.boolean(), fc.integer(), fc.constantFrom(null, undefined)],
    fc.double().map((number) => (number === 0 ? 0 : number)),
  ],
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withTypedArray: true,
  withNullPrototype: false,
  maxDepth: 6,
})

/** Gives a value or a DecodeError, and what it gives has passed the check. */
function tryDecode(random: Uint8Array): void {
  try {
    decode(random)
    const hasRecords = random[0] === RECORDS
    expect(() => checkMsgpack(random, hasRecords ? 1 : 0, hasRecords)).not.toThrow()
  } catch (error) {
    expect(error).toBeInstanceOf(DecodeError)
  }
}

function nested(depth: number, wrap: (inner: unknown) => unknown): unknown {
  let value = wrap(1)
  for (let level = 1; level < depth; level++) value = wrap(value)
  return value
}

function nestedArrays(depth: number): unknown {
  return nested(depth, (inner) => [inner])
}
