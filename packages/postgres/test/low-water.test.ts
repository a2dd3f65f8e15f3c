import { expect, test } from 'vitest'
import { LowWater } from '../src/low-water.ts'

const NOTHING = { since: 0, levels: new Map() }
/** The server's clock. */
const NOW = 1_000_000
const SLACK = 500

function start() {
  let now = 0
  const lowWater = new LowWater(() => now)
  const looked = (tookMs = 1) => lowWater.looked('q', tookMs)
  const pass = (ms: number) => {
    now += ms
  }
  return { lowWater, looked, pass }
}

function level(priority: number, firstReadyAt: number, lastReadyAt = firstReadyAt) {
  return { priority, firstReadyAt, lastReadyAt }
}

test('of a queue that nobody looked at, nothing is known', () => {
  const { lowWater } = start()
  expect(lowWater.marks('q')).toEqual(NOTHING)
})

test('a claim that was full tells where its lowest priority goes on, and that nothing is left above', () => {
  const { lowWater, looked } = start()
  looked()
  lowWater.found('q', [level(50, 100), level(0, 200, 300)], false, NOW)
  const { since, levels } = lowWater.marks('q')
  expect(since).toBe(0)
  expect([...levels]).toEqual([
    [50, NOW - SLACK],
    [0, 300],
  ])
})

test('what was ready a moment ago may still be committed: hints stay behind that', () => {
  const { lowWater, looked } = start()
  looked()
  lowWater.found('q', [level(0, NOW - 10, NOW)], false, NOW)
  expect(lowWater.marks('q').levels.get(0)).toBe(NOW - SLACK)
})

test('a claim that was given less than it asked for tells that nothing is left', () => {
  const { lowWater, looked } = start()
  looked()
  lowWater.found('q', [level(0, 200, 300)], true, NOW)
  expect(lowWater.marks('q')).toMatchObject({ since: NOW - SLACK, levels: new Map([[0, NOW - SLACK]]) })
})

test('something older than all that was thought to wait takes the hint away', () => {
  const { lowWater, looked } = start()
  looked()
  lowWater.found('q', [level(0, 200)], true, NOW)
  lowWater.found('q', [level(0, 100, 150)], false, NOW + 10)
  expect(lowWater.marks('q')).toMatchObject({ since: 0, levels: new Map([[0, 150]]) })
})

test('every few seconds a claim looks without hints', () => {
  const { lowWater, looked, pass } = start()
  looked()
  lowWater.found('q', [level(0, 200)], false, NOW)
  pass(1_999)
  expect(lowWater.marks('q').levels.size).toBe(1)
  pass(1)
  expect(lowWater.marks('q')).toEqual(NOTHING)
  looked()
  expect(lowWater.marks('q').levels.size).toBe(1)
})

test('looks without hints take a twentieth of the time at most', () => {
  const { lowWater, looked, pass } = start()
  looked(300)
  lowWater.found('q', [level(0, 200)], false, NOW)
  pass(5_999)
  expect(lowWater.marks('q').levels.size).toBe(1)
  expect(lowWater.lookIn(['other', 'q'])).toBe(1)
  pass(1)
  expect(lowWater.marks('q')).toEqual(NOTHING)
  expect(lowWater.lookIn(['other', 'q'])).toBe(0)
})

test('a queue that is idle is looked at without hints, where that is cheap', () => {
  const { lowWater, looked } = start()
  looked(5)
  lowWater.found('q', [], true, NOW)
  expect(lowWater.marks('q')).toEqual(NOTHING)
  expect(lowWater.lookIn(['q'])).toBe(0)
  looked(100)
  expect(lowWater.marks('q').since).toBe(NOW - SLACK)
  expect(lowWater.lookIn(['q'])).toBe(2_000)
})

test('all of it can be forgotten', () => {
  const { lowWater, looked } = start()
  looked()
  lowWater.found('q', [level(0, 200)], false, NOW)
  lowWater.clear()
  expect(lowWater.marks('q')).toEqual(NOTHING)
})
