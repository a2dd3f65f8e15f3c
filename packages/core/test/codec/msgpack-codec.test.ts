import { describe, expect, test } from 'vitest'
import { msgpackCodec } from '../../src/codec/msgpack-codec.ts'

function roundTrip(value: unknown): unknown {
  return msgpackCodec.decode(msgpackCodec.encode(value))
}

describe('comes back as it went', () => {
  test.each<[string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['NaN', Number.NaN],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-Infinity', Number.NEGATIVE_INFINITY],
    ['an unsafe integer', 2 ** 60],
    ['the largest number', Number.MAX_VALUE],
    ['the smallest number', Number.MIN_VALUE],
    ['text of any script', 'ä€😀'.repeat(200)],
    ['long text', 'x'.repeat(300_000)],
    ['a date with milliseconds', new Date(1_234_567_890_123)],
    ['a date before 1970', new Date(-1_234)],
    ['the last date', new Date(8.64e15)],
    ['an invalid date', new Date(Number.NaN)],
    ['an empty object', {}],
    ['an empty list', []],
    ['a property that is undefined', { a: undefined, b: 1 }],
    ['keys that look like numbers', { 1: 'a', 2: { 3: 'b' } }],
    [
      'a Map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ key: 'object' }, [2]],
      ]),
    ],
    ['an empty Map', new Map()],
    ['a Set', new Set<unknown>([1, 'a', { b: 1 }])],
    ['bytes', new Uint8Array([0, 1, 255])],
    ['a Buffer', Buffer.from('abc')],
    ['an ArrayBuffer', new Uint8Array([1, 2]).buffer],
    ['an Int8Array', new Int8Array([-1, 2])],
    ['a Uint8ClampedArray', new Uint8ClampedArray([1, 255])],
    ['an Int16Array', new Int16Array([-300])],
    ['a Uint16Array', new Uint16Array([65_535])],
    ['an Int32Array', new Int32Array([-70_000])],
    ['a Uint32Array', new Uint32Array([2 ** 32 - 1])],
    ['a Float32Array', new Float32Array([1.5])],
    ['a Float64Array', new Float64Array([Math.PI])],
    ['a BigInt64Array', new BigInt64Array([-1n])],
    ['a BigUint64Array', new BigUint64Array([2n ** 64n - 1n])],
    ['a regular expression', /a+/gi],
  ])('%s', (_, value) => {
    expect(roundTrip(value)).toStrictEqual(value)
  })

  const exponents = [0n, 1n, 31n, 32n, 53n, 63n, 64n, 65n, 71n, 127n, 128n, 200n, 2_000n]
  test.each(exponents.map((exponent) => [exponent]))(
    'BigInts around 2^%d, positive and negative',
    (exponent) => {
      const around = [2n ** exponent - 1n, 2n ** exponent, 2n ** exponent + 1n]
      for (const big of [...around, ...around.map((value) => -value)]) expect(roundTrip(big)).toBe(big)
    },
  )

  test('an object stays an object and a Map stays a Map, nested in one another', () => {
    const value = { map: new Map([['a', { map: new Map([['b', new Set([{ c: 1n, d: new Date(5) }])]]) }]]) }
    expect(roundTrip(value)).toStrictEqual(value)
  })

  test('thousands of objects of different shapes', () => {
    const value = Array.from({ length: 5_000 }, (_, index) => ({
      [`a${index}`]: index,
      n: { [`b${index}`]: 1 },
    }))
    expect(roundTrip(value)).toStrictEqual(value)
  })

  test('objects without a Map are MessagePack as every library reads it', () => {
    expect([...msgpackCodec.encode({ a: [1] })]).toEqual([0x81, 0xa1, 0x61, 0x91, 0x01])
  })

  test('one object of 70,000 keys', () => {
    const value = Object.fromEntries(Array.from({ length: 70_000 }, (_, index) => [`key${index}`, index]))
    expect(roundTrip(value)).toStrictEqual(value)
  })

  test('a value nested as deep as it may be', () => {
    let value: unknown = 'bottom'
    for (let depth = 0; depth < 100; depth++) value = { in: value }
    expect(roundTrip(value)).toStrictEqual(value)
  })
})

test('equal values have equal bytes each time, so no bytes depend on what was written before', () => {
  const value = { shape: 1, other: [{ shape: 2 }] }
  const first = msgpackCodec.encode(value).slice()
  msgpackCodec.encode({ something: 'else', shape: 3 })
  expect(msgpackCodec.encode(value).slice()).toEqual(first)
})

test('bytes written earlier are not overwritten by later ones', () => {
  const written = Array.from({ length: 2_000 }, (_, n) =>
    msgpackCodec.encode({ n, text: 'x'.repeat(n % 50) }),
  )
  written.forEach((bytes, n) => {
    expect(msgpackCodec.decode(bytes)).toEqual({ n, text: 'x'.repeat(n % 50) })
  })
})

test('what was read does not change when the stored bytes are reused', () => {
  const stored = msgpackCodec.encode({ file: new Uint8Array([7, 8, 9]) })
  const read = msgpackCodec.decode(stored)
  stored.fill(0)
  expect(read).toEqual({ file: new Uint8Array([7, 8, 9]) })
})

describe('is refused and not bent', () => {
  const cycle: Record<string, unknown> = {}
  cycle.self = cycle
  const list: unknown[] = []
  list.push([list])

  test.each<[string, unknown]>([
    ['a function', () => 1],
    ['a function in a property', { a: [() => 1] }],
    ['a class', class {}],
    ['a symbol', Symbol('a')],
    ['a symbol in a property', { a: { b: Symbol('a') } }],
    ['an object that contains itself', cycle],
    ['a list that contains itself', list],
  ])('%s, and the next value is written as if nothing had been', (_, value) => {
    expect(() => msgpackCodec.encode(value)).toThrow()
    expect(roundTrip({ a: { b: 1 } })).toEqual({ a: { b: 1 } })
  })
})

test.each<[string, Uint8Array]>([
  ['no bytes', new Uint8Array()],
  ['bytes that break off', msgpackCodec.encode({ a: 'some text' }).slice(0, -3)],
  ['bytes with more behind them', new Uint8Array([1, 2])],
  ['JSON', new TextEncoder().encode('{"a":1}')],
])('%s cannot be read', (_, bytes) => {
  expect(() => msgpackCodec.decode(bytes)).toThrow()
})
