import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { Hold } from '../../src/engine/hold.ts'
import { LeaseKeeper } from '../../src/engine/lease-keeper.ts'
import { VirtualClock } from '../../src/memory.ts'
import { appOn } from '../support/app.ts'
import { hold } from '../support/builders.ts'
import { FaultyDriver, fails, hangs } from '../support/faulty-driver.ts'

let clock: VirtualClock
let driver: FaultyDriver
let held: Set<Hold>
let told: string[]
let keeper: LeaseKeeper
/** What the backend says of each lease. */
let answers: Map<string, 'held' | 'lost' | 'cancelled'>

beforeEach(() => {
  clock = new VirtualClock()
  driver = new FaultyDriver({ clock, limits: { maxBatch: 3 } })
  held = new Set()
  told = []
  answers = new Map()
  driver.extendAnswer = ({ lease }) => answers.get(lease.id) ?? 'held'
  const at = () => `at ${clock.monotonic()}`
  keeper = new LeaseKeeper(appOn(driver, clock), held, {
    lost: (lost, problem) => {
      held.delete(lost)
      told.push(`${lost.lease.id} lost ${at()}: ${problem}`)
    },
    cancelled: (cancelled) => told.push(`${cancelled.lease.id} cancelled ${at()}`),
    late: (lateMs) => told.push(`late by ${lateMs}`),
    error: () => told.push(`error ${at()}`),
  })
  onTestFinished(() => keeper.stop())
})

function watch(...holds: readonly Hold[]): void {
  for (const one of holds) {
    one.state = 'running'
    held.add(one)
    keeper.watch(one)
  }
}

/** Which ids were renewed in each call. */
const renewals = () => driver.extensions.map((call) => call.map(({ lease }) => lease.id))

describe('renewal', () => {
  test('comes when a third of the lease has passed, for as long as it is held', async () => {
    const one = hold({ leaseMs: 30_000 })
    watch(one)
    await clock.advance(9_999)
    expect(renewals()).toEqual([])
    await clock.advance(1)
    expect(renewals()).toEqual([['task-1']])
    expect(one.leasedAt).toBe(10_000)
    await clock.advance(290_000)
    expect(renewals()).toHaveLength(30)
    expect(told).toEqual([])
  })

  test('asks for the own time of each lease', async () => {
    watch(hold({ id: 'long', leaseMs: 30_000 }), hold({ id: 'short', leaseMs: 15_000 }))
    await clock.advance(5_000)
    expect(driver.extensions[0]).toEqual([
      { lease: expect.objectContaining({ id: 'long' }), leaseMs: 30_000 },
      { lease: expect.objectContaining({ id: 'short' }), leaseMs: 15_000 },
    ])
  })

  test('takes along those past a sixth, so that one call serves all', async () => {
    watch(hold({ id: 'old' }, 0), hold({ id: 'middle' }, -0), hold({ id: 'young' }, 0))
    const [, middle, young] = [...held]
    if (middle !== undefined) middle.leasedAt = 4_000
    if (young !== undefined) young.leasedAt = 6_000
    await clock.advance(10_000)
    expect(renewals()).toEqual([['old', 'middle']])
  })

  test('of many is cut to what the driver takes in one call', async () => {
    watch(...['a', 'b', 'c', 'd', 'e'].map((id) => hold({ id })))
    await clock.advance(10_000)
    expect(renewals()).toEqual([
      ['a', 'b', 'c'],
      ['d', 'e'],
    ])
  })

  test('counts from when it was sent, not from when its answer came', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    const one = hold()
    watch(one)
    driver.next('extend', async (work) => {
      await promise
      return await work()
    })
    await clock.advance(12_000)
    resolve()
    await clock.settle()
    expect(one.leasedAt).toBe(10_000)
  })

  test('of what is not held any more does not happen', async () => {
    const one = hold()
    watch(one)
    held.delete(one)
    await clock.advance(60_000)
    expect(renewals()).toEqual([])
  })

  test('a short lease among long ones is renewed in its own time', async () => {
    watch(hold({ id: 'long', leaseMs: 300_000 }))
    await clock.advance(50)
    watch(hold({ id: 'short', leaseMs: 300 }, 50))
    await clock.advance(900)
    expect(renewals().length).toBeGreaterThanOrEqual(8)
    expect(renewals().flat()).not.toContain('long')
    expect(told).toEqual([])
  })
})

describe('a renewal that fails', () => {
  test('is told, and tried again soon', async () => {
    driver.next('extend', fails(), fails())
    const one = hold()
    watch(one)
    await clock.advance(13_000)
    expect(told).toEqual(['error at 10000', 'error at 11500'])
    expect(one.leasedAt).toBe(13_000)
  })

  test('does not fence before the lease is over', async () => {
    driver.always(fails(), 'extend')
    watch(hold())
    await clock.advance(29_999)
    expect(told.filter((line) => line.includes('lost'))).toEqual([])
    await clock.advance(1)
    expect(told.at(-1)).toBe('task-1 lost at 30000: no renewal was confirmed within its 30000 ms')
  })

  test('by never answering is given up in time for another try', async () => {
    driver.next('extend', hangs)
    watch(hold())
    await clock.advance(25_000)
    expect(told).toEqual(['error at 20000'])
    expect(driver.extensions).toHaveLength(2)
  })

  test('for good, be it by silence, fences at the end of the lease', async () => {
    driver.always(hangs, 'extend')
    watch(hold({ leaseMs: 3_000 }))
    await clock.advance(3_000)
    expect(told.at(-1)).toBe('task-1 lost at 3000: no renewal was confirmed within its 3000 ms')
  })

  test('of answers that are missing leaves the lease as it was', async () => {
    driver.extendAnswer = undefined
    driver.next('extend', async (work) => {
      await work()
      throw new Error('unreadable')
    })
    const one = hold()
    watch(one)
    await clock.advance(10_000)
    expect(one.leasedAt).toBe(0)
  })
})

describe('an answer', () => {
  test('that the lease is lost is told at once', async () => {
    answers.set('task-1', 'lost')
    watch(hold())
    await clock.advance(10_000)
    expect(told).toEqual(['task-1 lost at 10000: the backend says that another holder has it'])
  })

  test('that somebody asked to cancel is told, and the lease is held all the same', async () => {
    answers.set('task-1', 'cancelled')
    const one = hold()
    watch(one)
    await clock.advance(10_000)
    expect([told, one.leasedAt]).toEqual([['task-1 cancelled at 10000'], 10_000])
  })

  test('about what is being settled is not judged, though its lease is renewed', async () => {
    const settling = hold()
    watch(settling)
    settling.state = 'settling'
    answers.set('task-1', 'lost')
    await clock.advance(10_000)
    answers.set('task-1', 'held')
    await clock.advance(2_000)
    expect([told, settling.leasedAt]).toEqual([[], 11_500])
  })

  test('about what has left meanwhile is ignored', async () => {
    answers.set('task-1', 'lost')
    const one = hold()
    watch(one)
    driver.next('extend', async (work) => {
      held.delete(one)
      return await work()
    })
    await clock.advance(10_000)
    expect(told).toEqual([])
  })
})

test('what is being settled is not fenced: its own writer knows its lease', async () => {
  driver.always(fails(), 'extend')
  const settling = hold()
  watch(settling)
  settling.state = 'settling'
  await clock.advance(60_000)
  expect(told.filter((line) => line.includes('lost'))).toEqual([])
})

test('once stopped, it neither renews nor fences, and takes nothing on', async () => {
  watch(hold())
  keeper.stop()
  watch(hold({ id: 'later' }))
  await clock.advance(60_000)
  expect([renewals(), told]).toEqual([[], []])
})
