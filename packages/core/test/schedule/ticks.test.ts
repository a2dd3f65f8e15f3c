import { describe, expect, test } from 'vitest'
import { firstTick, type Plan, planOf, type Timing, tickAfter, ticksDue } from '../../src/schedule/plan.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

function cron(pattern: string, timezone = 'UTC'): Plan {
  return planOf({ kind: 'cron', pattern, timezone }, 0)
}

function iso(instants: readonly number[]): readonly string[] {
  return instants.map((instant) => new Date(instant).toISOString().replace(':00.000Z', 'Z'))
}

/** Its ticks in a span, both ends included. */
function ticksIn(plan: Plan, from: string, until: string): readonly number[] {
  const ticks: number[] = []
  const end = Date.parse(until)
  for (
    let tick = tickAfter(plan, Date.parse(from) - 1);
    tick !== undefined && tick <= end;
    tick = tickAfter(plan, tick)
  ) {
    ticks.push(tick)
  }
  return ticks
}

describe('a pattern', () => {
  test.each([
    ['0 3 * * *', 'UTC', ['2026-01-01T03:00Z', '2026-01-02T03:00Z']],
    ['0 3 * * *', 'Europe/Berlin', ['2026-01-01T02:00Z', '2026-01-02T02:00Z']],
    ['*/30 * * * * *', 'UTC', ['2026-01-01T00:00:30.000Z', '2026-01-01T00:01Z']],
    ['0 9 * * MON', 'UTC', ['2026-01-05T09:00Z', '2026-01-12T09:00Z']],
    ['0 0 L * *', 'UTC', ['2026-01-31T00:00Z', '2026-02-28T00:00Z']],
    ['@monthly', 'UTC', ['2026-02-01T00:00Z', '2026-03-01T00:00Z']],
    ['0 0 29 2 *', 'UTC', ['2028-02-29T00:00Z', '2032-02-29T00:00Z']],
  ])('%s in %s', (pattern, timezone, expected) => {
    const plan = cron(pattern, timezone)
    const first = tickAfter(plan, Date.UTC(2026, 0, 1)) ?? Number.NaN
    expect(iso([first, tickAfter(plan, first) ?? Number.NaN])).toEqual(expected)
  })
})

describe('when clocks change', () => {
  test.each([
    // The night has no 02:00 to 03:00.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-03-28T12:00Z',
      '2026-03-30T12:00Z',
      ['03-29T01:00Z', '03-30T00:30Z'],
    ],
    [
      'Europe/Berlin',
      '30 2,14 * * *',
      '2026-03-29T00:00Z',
      '2026-03-29T23:00Z',
      ['03-29T01:00Z', '03-29T12:30Z'],
    ],
    [
      'Europe/Berlin',
      '*/30 * * * *',
      '2026-03-29T00:00Z',
      '2026-03-29T02:00Z',
      ['03-29T00:00Z', '03-29T00:30Z', '03-29T01:00Z', '03-29T01:30Z', '03-29T02:00Z'],
    ],
    [
      'America/New_York',
      '30 2 * * *',
      '2026-03-07T12:00Z',
      '2026-03-09T12:00Z',
      ['03-08T07:00Z', '03-09T06:30Z'],
    ],
    [
      'America/New_York',
      '0 * * * *',
      '2026-03-08T05:00Z',
      '2026-03-08T08:00Z',
      ['03-08T05:00Z', '03-08T06:00Z', '03-08T07:00Z', '03-08T08:00Z'],
    ],
    // The night has one hour twice.
    [
      'Europe/Berlin',
      '30 2 * * *',
      '2026-10-24T12:00Z',
      '2026-10-26T12:00Z',
      ['10-25T00:30Z', '10-26T01:30Z'],
    ],
    [
      'Europe/Berlin',
      '15,45 2 * * *',
      '2026-10-24T22:00Z',
      '2026-10-25T12:00Z',
      ['10-25T00:15Z', '10-25T00:45Z'],
    ],
    [
      'Europe/Berlin',
      '0 * * * *',
      '2026-10-24T23:00Z',
      '2026-10-25T03:00Z',
      ['10-24T23:00Z', '10-25T00:00Z', '10-25T01:00Z', '10-25T02:00Z', '10-25T03:00Z'],
    ],
    [
      'America/New_York',
      '30 1 * * *',
      '2026-10-31T12:00Z',
      '2026-11-02T12:00Z',
      ['11-01T05:30Z', '11-02T06:30Z'],
    ],
    [
      'America/New_York',
      '*/30 * * * *',
      '2026-11-01T05:00Z',
      '2026-11-01T07:00Z',
      ['11-01T05:00Z', '11-01T05:30Z', '11-01T06:00Z', '11-01T06:30Z', '11-01T07:00Z'],
    ],
  ])('%s: %s from %s', (timezone, pattern, from, until, expected) => {
    expect(iso(ticksIn(cron(pattern, timezone), from, until))).toEqual(expected.map((each) => `2026-${each}`))
  })

  test.each(['Europe/Berlin', 'America/New_York'])(
    '%s: a time of day comes once on every day of the year',
    (timezone) => {
      for (const time of ['0 0', '30 1', '0 2', '30 2', '59 2', '0 3', '0 12']) {
        const ticks = ticksIn(cron(`${time} * * *`, timezone), '2026-01-02T00:00Z', '2026-12-30T00:00Z')
        const days = ticks.map((tick) => new Date(tick).toLocaleDateString('en', { timeZone: timezone }))
        expect(new Set(days).size).toBe(ticks.length)
        expect(ticks.length).toBeGreaterThanOrEqual(361)
      }
    },
  )

  test.each(['Europe/Berlin', 'America/New_York'])(
    '%s: what repeats within the day comes in equal steps, through both changes',
    (timezone) => {
      for (const [pattern, step] of [
        ['0 * * * *', HOUR],
        ['*/15 * * * *', 15 * MINUTE],
      ] as const) {
        for (const [from, until] of [
          ['2026-03-01T00:00Z', '2026-04-01T00:00Z'],
          ['2026-10-20T00:00Z', '2026-11-05T00:00Z'],
        ] as const) {
          const ticks = ticksIn(cron(pattern, timezone), from, until)
          expect(new Set(ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0)))).toEqual(
            new Set([step]),
          )
        }
      }
    },
  )
})

describe('an interval', () => {
  const now = Date.UTC(2026, 0, 1)
  const every = (extra: object = {}): Timing => ({ kind: 'every', everyMs: MINUTE, ...extra })

  test('is counted from when it was set, without drift', () => {
    const plan = planOf(every(), now)
    expect(firstTick(plan, now)).toBe(now + MINUTE)
    expect(tickAfter(plan, now + MINUTE)).toBe(now + 2 * MINUTE)
    expect(tickAfter(plan, now + 100 * MINUTE + 7)).toBe(now + 101 * MINUTE)
  })

  test('is counted from its start, which is its first tick', () => {
    const later = planOf(every({ startAt: now + HOUR }), now)
    expect(firstTick(later, now)).toBe(now + HOUR)
    const before = planOf(every({ startAt: now - HOUR - 1_000 }), now)
    expect(firstTick(before, now)).toBe(now - 1_000 + MINUTE)
  })

  test('ends with the last tick that is not after its end', () => {
    const plan = planOf(every({ endAt: now + 2 * MINUTE }), now)
    expect(tickAfter(plan, now + MINUTE)).toBe(now + 2 * MINUTE)
    expect(tickAfter(plan, now + 2 * MINUTE)).toBeUndefined()
  })
})

test('a pattern keeps to its span, whose ends belong to it', () => {
  const startAt = Date.UTC(2026, 0, 2, 3)
  const endAt = Date.UTC(2026, 0, 3, 3)
  const plan = planOf({ kind: 'cron', pattern: '0 3 * * *', timezone: 'UTC', startAt, endAt }, 0)
  expect(ticksIn(plan, '2025-12-01T00:00Z', '2026-02-01T00:00Z')).toEqual([startAt, endAt])
})

describe('ticks that are due', () => {
  const start = Date.UTC(2026, 0, 1)

  test('of an interval are counted without being listed', () => {
    const plan = planOf({ kind: 'every', everyMs: 1_000 }, start)
    const year = 365 * 24 * HOUR
    const { newest, count } = ticksDue(plan, start + 1_000, start + year + 999)
    expect(count).toBe(year / 1_000)
    expect([newest.length, newest[0], newest.at(-1)]).toEqual([100, start + year - 99_000, start + year])
  })

  test('of a pattern are counted up to a thousand, and the latest are known even then', () => {
    const plan = cron('* * * * *', 'Europe/Berlin')
    const some = ticksDue(plan, start, start + 10 * MINUTE + 1)
    expect([some.count, some.newest.length, some.newest.at(-1)]).toEqual([11, 11, start + 10 * MINUTE])
    for (const surplus of [0, 1, 59_999]) {
      const many = ticksDue(plan, start, start + 5_000 * MINUTE + surplus)
      expect([many.count, many.newest[0], many.newest.at(-1)]).toEqual([
        1_000,
        start + 4_901 * MINUTE,
        start + 5_000 * MINUTE,
      ])
    }
  })

  test('are the same, forwards and backwards, through the nights in which clocks change', () => {
    for (const timezone of ['Europe/Berlin', 'America/New_York']) {
      for (const day of ['2026-03-08', '2026-03-29', '2026-10-25', '2026-11-01']) {
        const plan = cron('* * * * *', timezone)
        const from = Date.parse(`${day}T12:00Z`) - 1_100 * MINUTE
        const { newest } = ticksDue(plan, from, Date.parse(`${day}T08:30Z`))
        expect(newest).toEqual(ticksIn(plan, new Date(newest[0] ?? 0).toISOString(), `${day}T08:30Z`))
      }
    }
  })

  test('end where the schedule ends', () => {
    const plan = planOf({ kind: 'every', everyMs: MINUTE, endAt: start + 3 * MINUTE }, start)
    expect(ticksDue(plan, start + MINUTE, start + HOUR)).toEqual({
      newest: [1, 2, 3].map((n) => start + n * MINUTE),
      count: 3,
    })
  })
})
