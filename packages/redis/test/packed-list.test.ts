import { randomBytes } from 'node:crypto'
import { expect, inject, test } from 'vitest'
import { ListReader, packList, unpackList } from '../src/packed-list.ts'
import { operator } from './support/own-server.ts'

const LENGTHS = [0, 1, 31, 32, 255, 256, 65_535, 65_536, 200_000]

test('what is packed can be read again, whatever its length', () => {
  const items = LENGTHS.map((length) => randomBytes(length))
  expect(unpackList(packList(items))).toEqual(items)
  const texts = ['', 'a', '漢字 🐢', '\u0000', 'é'.repeat(200)]
  expect(unpackList(packList(texts)).map(String)).toEqual(texts)
  expect(unpackList(packList([]))).toEqual([])
})

test('scripts read what is packed here, and pack what is read here', async () => {
  const client = operator(inject('redisUrl'))
  const echo = 'return cmsgpack.pack(cmsgpack.unpack(ARGV[1]))'
  const items = LENGTHS.map((length) => randomBytes(length))
  expect(unpackList(await bytesOf(client.callBuffer('eval', echo, 0, packList(items))))).toEqual(items)
  const many = Array.from({ length: 1_000 }, (_, index) => `item ${index}`)
  expect(unpackList(await bytesOf(client.callBuffer('eval', echo, 0, packList(many)))).map(String)).toEqual(
    many,
  )
  expect(unpackList(await bytesOf(client.callBuffer('eval', echo, 0, packList([]))))).toEqual([])
})

test('several lists stand one after another', async () => {
  const client = operator(inject('redisUrl'))
  const script = "return cmsgpack.pack({ 'a', 'b' }, {}, { 'c' })"
  const reader = new ListReader(await bytesOf(client.callBuffer('eval', script, 0)))
  expect([reader.list(), reader.text(), reader.text(), reader.list(), reader.list(), reader.text()]).toEqual([
    2,
    'a',
    'b',
    0,
    1,
    'c',
  ])
})

test('what is no list is an error, and not read beyond its end', () => {
  expect(() => unpackList(Buffer.from([0xc0]))).toThrow(RangeError)
  expect(() => unpackList(Buffer.from([0x91, 0xcf]))).toThrow(RangeError)
  expect(() => unpackList(Buffer.alloc(0))).toThrow(RangeError)
})

async function bytesOf(reply: Promise<unknown>): Promise<Buffer> {
  const bytes = await reply
  return Buffer.isBuffer(bytes) ? bytes : expect.fail('no bytes')
}
