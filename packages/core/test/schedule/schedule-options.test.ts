import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  createTasq,
  defineSchedule,
  defineTask,
  InvalidInputError,
  InvalidOptionError,
  type ScheduleOptions,
  typed,
  UnsupportedError,
} from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { resolveSchedule } from '../../src/schedule/schedule-options.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { rejection, thrown } from '../support/present.ts'

const start = new Date('2026-01-01T00:00:00Z')
const later = new Date('2026-02-01T00:00:00Z')

describe('an impossible schedule is refused by the name of its option', () => {
  test.each<[string, object]>([
    ['id', { id: '', every: '1m' }],
    ['id', { id: 'a\nb', every: '1m' }],
    ['every', {}],
    ['cron', { cron: '* * * * *', every: '1m' }],
    ['every', { every: '1m', at: start }],
    ['cron', { cron: '' }],
    ['cron', { cron: 'daily' }],
    ['cron', { cron: '* * * *' }],
    ['cron', { cron: '60 * * * *' }],
    ['cron', { cron: '0 0 30 2 *' }],
    ['cron', { cron: '0 0 0 1 1 * 2020' }],
    ['cron', { cron: '2026-01-01T00:00:00' }],
    ['cron', { cron: '@reboot' }],
    ['cron', { cron: 7 }],
    ['timezone', { cron: '* * * * *', timezone: 'Mars/Olympus' }],
    ['timezone', { cron: '* * * * *', timezone: '' }],
    ['timezone', { every: '1m', timezone: 'UTC' }],
    ['every', { every: 0 }],
    ['every', { every: '999ms' }],
    ['every', { every: -5_000 }],
    ['every', { every: 'often' }],
    ['at', { at: new Date('never') }],
    ['at', { at: '2026-01-01' }],
    ['startAt', { at: start, startAt: start }],
    ['endAt', { at: start, endAt: later }],
    ['startAt', { every: '1m', startAt: 'soon' }],
    ['endAt', { every: '1m', startAt: later, endAt: start }],
    ['endAt', { cron: '0 3 * * *', startAt: start, endAt: new Date('2026-01-01T02:00:00Z') }],
    ['missed', { every: '1m', missed: 'some' }],
    ['missed', { every: '1m', missed: { all: 0 } }],
    ['missed', { every: '1m', missed: { all: 101 } }],
    ['missed', { every: '1m', missed: { all: 1.5 } }],
    ['missed', { every: '1m', missed: null }],
    ['delay', { every: '1m', delay: '1s' }],
    ['runAt', { every: '1m', runAt: start }],
    ['expiresAt', { every: '1m', expiresAt: later }],
    ['tx', { every: '1m', tx: {} }],
  ])('%s: %o', (option, options) => {
    const error = thrown(
      () => resolveSchedule({ id: 'a', ...options } as ScheduleOptions),
      InvalidOptionError,
    )
    expect(error.option).toBe(option)
  })
})

const report = defineTask({ name: 'report', input: z.object({ days: z.number() }), run: () => {} })

describe('a schedule in code', () => {
  test('is checked where it stands, its input included', () => {
    expect(() => defineSchedule({ id: 'a', task: report, input: { days: 1 }, cron: 'x' })).toThrow(
      InvalidOptionError,
    )
    const wrong = { days: 'one' } as never
    expect(() => defineSchedule({ id: 'a', task: report, input: wrong, every: '1m' })).toThrow(
      InvalidInputError,
    )
    expect(() => defineSchedule({ id: 'a', task: 'report' as never, input: undefined, every: '1m' })).toThrow(
      InvalidOptionError,
    )
  })

  test('has an id of its own', () => {
    const one = defineSchedule({ id: 'a', task: report, input: { days: 1 }, every: '1m' })
    const other = defineSchedule({ id: 'a', task: report, input: { days: 2 }, every: '2m' })
    expect(() => createTasq({ driver: memory(), schedules: [one, other] })).toThrow(InvalidOptionError)
  })

  test('needs a driver that has shared records', () => {
    const schedule = defineSchedule({ id: 'a', task: report, input: { days: 1 }, every: '1m' })
    const error = thrown(
      () => createTasq({ driver: bareDriver(memory()), schedules: [schedule] }),
      UnsupportedError,
    )
    expect(error.message).toMatch(/coordination.*store/)
  })
})

test('without shared records every call says what to do', async () => {
  const note = defineTask({ name: 'note', input: typed<number>() })
  const tasq = createTasq({ driver: bareDriver(memory()), tasks: [note] })
  const { schedules } = tasq
  for (const call of [
    () => schedules.set({ id: 'a', task: 'note', input: 1, every: '1m' }),
    () => schedules.list(),
    () => schedules.get('a'),
    () => schedules.remove('a'),
    () => schedules.pause('a'),
    () => schedules.resume('a'),
    () => schedules.trigger('a'),
    () => schedules.next('a'),
    () => schedules.prune(),
  ]) {
    expect((await rejection(call(), UnsupportedError)).nextStep).toContain('createTasq({ driver, store })')
  }
})
