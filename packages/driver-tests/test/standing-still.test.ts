import { expect, test } from 'vitest'
import { memoryGround } from '../src/properties/memory-ground.ts'
import type { Plan } from '../src/properties/plan.ts'
import { type Ground, runOne } from '../src/properties/property.ts'
import type { Check } from '../src/properties/story.ts'

const plan: Plan = {
  seed: 1,
  workers: [{ concurrency: 1, prefetch: 0 }],
  limits: { a: undefined, b: undefined },
  operations: [],
}

/** A machine that stands still for so long in each run. */
function slow(stoodStillMs: number): Ground {
  const open = async () => {
    const { time, store } = await memoryGround.open()
    return { time: { ...time, end: () => stoodStillMs }, store }
  }
  return { ...memoryGround, open }
}

/** Finds something until leases have so many ms; tells of each run how long they are. */
function failingBelow(leaseMs: number) {
  const leases: number[] = []
  const check: Check = ({ scale }) => {
    leases.push(scale.leaseMs)
    return scale.leaseMs < leaseMs ? ['it is wrong'] : []
  }
  return { leases, check }
}

test('what goes wrong while the machine stands still is run again with more time', async () => {
  const { leases, check } = failingBelow(8_000)
  await runOne(plan, slow(500), [check])
  expect(leases).toEqual([2_000, 8_000])
})

test('what goes wrong on a quick machine is wrong', async () => {
  const { leases, check } = failingBelow(8_000)
  await expect(runOne(plan, slow(0), [check])).rejects.toThrow('it is wrong')
  expect(leases).toEqual([2_000])
})

test('what goes wrong however much time there is is wrong', async () => {
  const { leases, check } = failingBelow(Number.POSITIVE_INFINITY)
  await expect(runOne(plan, slow(500), [check])).rejects.toThrow('it is wrong')
  expect(leases).toEqual([2_000, 8_000, 32_000])
})
