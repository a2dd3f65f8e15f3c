import { expect, test } from 'vitest'
import { type Bucket, bucketKind, giveTokensBack, takeTokens } from '../../src/coordination/shared-bucket.ts'
import { SharedState } from '../../src/coordination/shared-state.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'

/** A bucket of two tokens that takes a second for each. */
function bucket() {
  const clock = new VirtualClock()
  const { coordination } = memory({ store: new MemoryStore(clock) })
  const state = new SharedState<Bucket>(coordination, bucketKind, clock)
  const rate = { tasks: 1, perMs: 1_000, burst: 2 }
  const useOf = (holder: string) => ({ queue: 'a', holder, rate, waitMs: 5_000 })
  return {
    clock,
    take: async (holder: string, wanted = 10) => (await takeTokens(state, useOf(holder), wanted)).taken,
    giveBack: async (holder: string, unused: number) => await giveTokensBack(state, useOf(holder), unused),
  }
}

test('what one has taken and waits with is not replaced until it is spent', async () => {
  const { clock, take, giveBack } = bucket()
  expect(await take('one')).toBe(2)
  await clock.advance(4_000)
  expect(await take('other')).toBe(0)
  await giveBack('one', 0)
  await clock.advance(1_000)
  expect(await take('other')).toBe(1)
})

test('what is given back is there for others at once, and never more than the bucket holds', async () => {
  const { clock, take, giveBack } = bucket()
  expect(await take('one', 1)).toBe(1)
  await clock.advance(4_000)
  expect(await take('other')).toBe(1)
  await giveBack('one', 1)
  expect(await take('third')).toBe(1)
  await giveBack('other', 1)
  await giveBack('third', 1)
  await clock.advance(60_000)
  expect(await take('one')).toBe(2)
})

test('what one that fell silent had taken is spent once its wait must be over', async () => {
  const { clock, take } = bucket()
  expect(await take('gone')).toBe(2)
  await clock.advance(5_900)
  expect(await take('other')).toBe(0)
  await clock.advance(200)
  expect(await take('other')).toBe(0)
  await clock.advance(1_000)
  expect(await take('other')).toBe(1)
})

test('a new call of the same holder takes the place of the one before', async () => {
  const { clock, take } = bucket()
  expect(await take('one')).toBe(2)
  await clock.advance(1_000)
  expect(await take('one')).toBe(0)
  await clock.advance(1_000)
  expect(await take('one')).toBe(1)
})
