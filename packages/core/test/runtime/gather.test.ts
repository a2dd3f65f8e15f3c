import { beforeEach, describe, expect, test } from 'vitest'
import { Gather } from '../../src/runtime/gather.ts'
import { present } from '../support/present.ts'

/** A write that a test ends. */
interface Write {
  readonly entries: readonly string[]
  readonly end: () => void
}

let writes: Write[]
beforeEach(() => {
  writes = []
})

function gather(
  limits: { readonly maxItems?: number; readonly maxBytes?: number; readonly lanes?: number } = {},
): Gather<string> {
  return new Gather<string>({
    write: (entries) => {
      const { promise, resolve } = Promise.withResolvers<void>()
      writes.push({ entries, end: resolve })
      return promise
    },
    sizeOf: (entry) => entry.length,
    maxItems: limits.maxItems ?? 1_000,
    maxBytes: limits.maxBytes ?? 1_000_000,
    lanes: limits.lanes ?? 1,
  })
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

async function endWrite(index: number): Promise<void> {
  present(writes[index]).end()
  await turn() // the end is noticed
  await turn() // and the next write begins
}

test('what is pushed in one go travels in one write', async () => {
  const batch = gather()
  for (const entry of ['a', 'b', 'c']) batch.push(entry)
  expect(writes).toEqual([])
  await turn()
  expect(writes.map(({ entries }) => entries)).toEqual([['a', 'b', 'c']])
})

test('what is pushed by promises of the same turn travels along', async () => {
  const batch = gather()
  batch.push('a')
  for (let hop = 0; hop < 20; hop++) await Promise.resolve()
  batch.push('b')
  await turn()
  expect(writes.map(({ entries }) => entries)).toEqual([['a', 'b']])
})

test('what comes while a write is in flight travels together in the next', async () => {
  const batch = gather()
  batch.push('a')
  await turn()
  batch.push('b')
  await turn()
  batch.push('c')
  await turn()
  expect(writes).toHaveLength(1)
  await endWrite(0)
  expect(writes.map(({ entries }) => entries)).toEqual([['a'], ['b', 'c']])
})

test('after it was idle, the next one is written at once again', async () => {
  const batch = gather()
  batch.push('a')
  await turn()
  await endWrite(0)
  batch.push('b')
  await turn()
  expect(writes.map(({ entries }) => entries)).toEqual([['a'], ['b']])
})

describe('a write carries', () => {
  test('no more items than it may', async () => {
    const batch = gather({ maxItems: 2 })
    for (const entry of ['a', 'b', 'c', 'd', 'e']) batch.push(entry)
    await turn()
    for (let index = 0; index < 3; index++) await endWrite(index)
    expect(writes.map(({ entries }) => entries)).toEqual([['a', 'b'], ['c', 'd'], ['e']])
  })

  test('no more bytes than it may, except for one entry that is larger alone', async () => {
    const batch = gather({ maxBytes: 4 })
    for (const entry of ['aa', 'bb', 'c', 'dddddddd', 'e']) batch.push(entry)
    await turn()
    for (let index = 0; index < 4; index++) await endWrite(index)
    expect(writes.map(({ entries }) => entries)).toEqual([['aa', 'bb'], ['c'], ['dddddddd'], ['e']])
  })
})

test('counts what is not answered yet, that in flight included', async () => {
  const batch = gather()
  batch.push('aa')
  await turn()
  batch.push('bbb')
  expect([batch.items, batch.bytes]).toEqual([2, 5])
  await endWrite(0)
  expect([batch.items, batch.bytes]).toEqual([1, 3])
  await endWrite(1)
  expect([batch.items, batch.bytes]).toEqual([0, 0])
})

describe('idle', () => {
  test('resolves at once where nothing waits', async () => {
    await gather().idle()
    expect(writes).toEqual([])
  })

  test('waits for all that was pushed, and for what comes meanwhile', async () => {
    const batch = gather()
    batch.push('a')
    let isIdle = false
    void batch.idle().then(() => {
      isIdle = true
    })
    await turn()
    batch.push('b')
    await endWrite(0)
    expect(isIdle).toBe(false)
    await endWrite(1)
    expect(isIdle).toBe(true)
  })

  test('may be asked for again', async () => {
    const batch = gather()
    batch.push('a')
    const both = Promise.all([batch.idle(), batch.idle()])
    await turn()
    await endWrite(0)
    await both
    batch.push('b')
    const again = batch.idle()
    await turn()
    await endWrite(1)
    await again
    expect(batch.items).toBe(0)
  })
})

describe('with several lanes', () => {
  const sizes = () => writes.map(({ entries }) => entries.length)
  const pushMany = (batch: Gather<string>, count: number) => {
    for (let index = 0; index < count; index++) batch.push(`${index}`)
  }

  test('what there is travels in as many writes, each with its share, in order', async () => {
    const batch = gather({ lanes: 2 })
    pushMany(batch, 100)
    await turn()
    await turn()
    expect(sizes()).toEqual([50, 50])
    expect(writes.flatMap(({ entries }) => entries)).toEqual(
      Array.from({ length: 100 }, (_, index) => `${index}`),
    )
  })

  test('no more than they are in flight at the same time', async () => {
    const batch = gather({ lanes: 2, maxItems: 20 })
    pushMany(batch, 100)
    await turn()
    await turn()
    expect(sizes()).toEqual([20, 20])
    await endWrite(1)
    expect(sizes()).toEqual([20, 20, 20])
  })

  test('a few are not parted, and do not leave while others are in flight', async () => {
    const batch = gather({ lanes: 2 })
    pushMany(batch, 3)
    await turn()
    await turn()
    pushMany(batch, 3)
    await turn()
    await turn()
    expect(sizes()).toEqual([3])
    await endWrite(0)
    expect(sizes()).toEqual([3, 3])
  })

  test('many that come while one is in flight leave at once', async () => {
    const batch = gather({ lanes: 2 })
    pushMany(batch, 3)
    await turn()
    pushMany(batch, 40)
    await turn()
    expect(sizes()).toEqual([3, 22])
  })

  test('it is idle once all of them are', async () => {
    const batch = gather({ lanes: 2 })
    pushMany(batch, 100)
    await turn()
    await turn()
    let isIdle = false
    void batch.idle().then(() => {
      isIdle = true
    })
    await endWrite(0)
    expect(isIdle).toBe(false)
    await endWrite(1)
    expect([isIdle, batch.items, batch.bytes]).toEqual([true, 0, 0])
  })
})
