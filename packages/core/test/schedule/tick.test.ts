import { describe, expect, test } from 'vitest'
import { type Plan, planOf } from '../../src/schedule/plan.ts'
import type { ScheduleRecord } from '../../src/schedule/schedule-record.ts'
import { tickOf } from '../../src/schedule/tick.ts'

const MINUTE = 60_000
const start = Date.UTC(2026, 0, 1)

function record(fields: Partial<ScheduleRecord> = {}): ScheduleRecord {
  const plan = fields.plan ?? planOf({ kind: 'every', everyMs: 10 * MINUTE }, start)
  return {
    formatVersion: 1,
    plan,
    missed: 'once',
    task: {
      task: 'note',
      payload: '',
      encoding: 'text',
      priority: 0,
      leaseMs: 30_000,
      policy: {
        maxAttempts: 1,
        retry: { strategy: 'fixed', delayMs: 0, maxDelayMs: 0, jitter: 0 },
        deadLetterMs: 0,
      },
    },
    source: 'call',
    paused: false,
    nextAt: start + 10 * MINUTE,
    runs: 0,
    ...fields,
  }
}

/** What is done at some minute, in minutes. */
function at(minute: number, fields: Partial<ScheduleRecord> = {}) {
  const tick = tickOf(record(fields), start + minute * MINUTE)
  if (tick === undefined) return undefined
  const minutes = (instant: number | undefined) => instant && (instant - start) / MINUTE
  return {
    runs: tick.runs.map(minutes),
    missed: tick.missed,
    latest: minutes(tick.latest),
    nextAt: minutes(tick.nextAt),
  }
}

test('nothing is due before its time, in a pause, after the end, or on the way to another queue', () => {
  expect(at(9.99)).toBeUndefined()
  expect(at(10, { paused: true })).toBeUndefined()
  expect(at(10, { nextAt: undefined })).toBeUndefined()
  expect(at(10, { movingTo: 'other' })).toBeUndefined()
})

describe('a tick in time gets its run, whatever becomes of those that were missed', () => {
  test.each(['skip', 'once', { all: 3 }] as const)('%o', (missed) => {
    expect(at(10, { missed })).toEqual({ runs: [10], missed: 0, latest: 10, nextAt: 20 })
    expect(at(10.9, { missed })).toEqual({ runs: [10], missed: 0, latest: 10, nextAt: 20 })
  })
})

describe('after a time without workers', () => {
  test.each([
    // Ticks 10, 20, … 50 are over; the last of them by 5 minutes.
    ['skip', 55, { runs: [], missed: 5, latest: 50, nextAt: 60 }],
    ['once', 55, { runs: [50], missed: 4, latest: 50, nextAt: 60 }],
    [{ all: 3 }, 55, { runs: [30, 40, 50], missed: 2, latest: 50, nextAt: 60 }],
    [{ all: 100 }, 55, { runs: [10, 20, 30, 40, 50], missed: 0, latest: 50, nextAt: 60 }],
    // The last of them is in time.
    ['skip', 50.5, { runs: [50], missed: 4, latest: 50, nextAt: 60 }],
    ['skip', 51, { runs: [], missed: 5, latest: 50, nextAt: 60 }],
    // A single late tick.
    ['skip', 15, { runs: [], missed: 1, latest: 10, nextAt: 20 }],
    ['once', 15, { runs: [10], missed: 0, latest: 10, nextAt: 20 }],
  ] as const)('%o at minute %d', (missed, minute, expected) => {
    expect(at(minute, { missed })).toEqual(expected)
  })

  test('no more runs come at once than 100', () => {
    expect(at(100_000, { missed: { all: 100 } })?.runs.length).toBe(100)
  })
})

describe('the last tick ends it', () => {
  test.each<[string, Plan]>([
    ['a single instant', planOf({ kind: 'at', at: start + 10 * MINUTE }, start)],
    ['an end', planOf({ kind: 'every', everyMs: 10 * MINUTE, endAt: start + 19 * MINUTE }, start)],
  ])('%s', (_, plan) => {
    expect(at(10, { plan })).toEqual({ runs: [10], missed: 0, latest: 10, nextAt: undefined })
    expect(at(500, { plan })).toEqual({ runs: [10], missed: 0, latest: 10, nextAt: undefined })
    expect(at(500, { plan, missed: 'skip' })).toEqual({ runs: [], missed: 1, latest: 10, nextAt: undefined })
  })
})
