import { expect, inject, test } from 'vitest'
import { bytesArray, integerArray, textArray } from '../src/arrays.ts'
import { asUser } from './support/schemas.ts'

async function echo(type: string, array: Buffer): Promise<unknown> {
  return await asUser(inject('postgresUrl'), async (client) => {
    const { rows } = await client.query(`SELECT $1::${type}[] AS array`, [array])
    return rows[0].array
  })
}

test('the server reads arrays of texts as they were written', async () => {
  const items = ['a', null, '', 'NULL', 'ü🐢"\\,{}\'\n', 'x'.repeat(100_000), '漢字']
  expect(await echo('text', textArray(items))).toEqual(items)
  expect(await echo('text', textArray([]))).toEqual([])
})

test('the server reads arrays of bytes as they were written', async () => {
  const items = [
    new Uint8Array([0, 1, 127, 128, 255]),
    null,
    new Uint8Array(),
    new Uint8Array(100_000).fill(7),
  ]
  expect(await echo('bytea', bytesArray(items))).toEqual(items.map((item) => item && Buffer.from(item)))
})

test('the server reads arrays of integers as they were written, rounded', async () => {
  const items = [
    0,
    -1,
    1,
    null,
    2 ** 31,
    -(2 ** 31) - 1,
    2 ** 32,
    Number.MAX_SAFE_INTEGER,
    Number.MIN_SAFE_INTEGER,
  ]
  expect(await echo('bigint', integerArray(items))).toEqual(
    items.map((item) => (item === null ? null : String(item))),
  )
  expect(await echo('bigint', integerArray([0.4, 1.5, -1.6]))).toEqual(['0', '2', '-2'])
})
