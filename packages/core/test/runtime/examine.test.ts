import { describe, expect, test, vi } from 'vitest'
import { StoreError } from '../../src/errors.ts'
import { type Examined, examine, type Look } from '../../src/runtime/examine.ts'
import {
  foundBudget,
  foundOrphans,
  foundSchema,
  foundSkew,
  foundVersion,
  foundWorkers,
} from '../../src/runtime/findings.ts'

function examined(looks: readonly Look[] = [], parts: Partial<Examined> = {}) {
  const close = vi.fn()
  const connect = async (): Promise<Examined> => ({ ping: async () => undefined, looks, close, ...parts })
  return { close, check: async () => await examine({ subject: 'db', where: 'The database', connect }) }
}

describe('an examination', () => {
  test('says that the backend answers, and then what each look has found, in order', async () => {
    const { check, close } = examined([
      { check: 'one', find: async () => ({ status: 'ok', message: 'Fine.' }) },
      { check: 'none', find: async () => undefined },
      {
        check: 'two',
        find: async () => [
          { status: 'note', message: 'A.', nextStep: 'Do.' },
          { check: 'other', status: 'error', message: 'B.' },
        ],
      },
    ])
    expect(await check()).toEqual([
      {
        subject: 'db',
        check: 'connectivity',
        status: 'ok',
        message: expect.stringMatching(/^The database answers in [\d.]+ ms\.$/),
      },
      { subject: 'db', check: 'one', status: 'ok', message: 'Fine.' },
      { subject: 'db', check: 'two', status: 'note', message: 'A.', nextStep: 'Do.' },
      { subject: 'db', check: 'other', status: 'error', message: 'B.' },
    ])
    expect(close).toHaveBeenCalledTimes(1)
  })

  test('a backend that can not be reached is a finding with what to do, not an error', async () => {
    const away = new StoreError('TASQ_STORE_UNAVAILABLE', 'Nobody there.', { nextStep: 'Start it.' })
    const findings = await examine({
      subject: 'db',
      where: 'The database',
      connect: async () => {
        throw away
      },
    })
    expect(findings).toEqual([
      {
        subject: 'db',
        check: 'connectivity',
        status: 'error',
        message: 'Nobody there.',
        nextStep: 'Start it.',
      },
    ])
  })

  test('one that answers no ping is closed again', async () => {
    const { check, close } = examined([], {
      ping: async () => {
        throw new Error('gone')
      },
    })
    expect(await check()).toEqual([
      { subject: 'db', check: 'connectivity', status: 'error', message: 'gone' },
    ])
    expect(close).toHaveBeenCalledTimes(1)
  })

  test('a look that fails is a finding, and the others go on', async () => {
    const { check, close } = examined([
      {
        check: 'bad',
        find: async () => {
          throw new Error('no right to see it')
        },
      },
      { check: 'good', find: async () => ({ status: 'ok', message: 'Fine.' }) },
    ])
    expect((await check()).slice(1)).toMatchObject([
      { check: 'bad', status: 'warning', message: 'Could not be looked at: no right to see it' },
      { check: 'good', status: 'ok' },
    ])
    expect(close).toHaveBeenCalledTimes(1)
  })

  test('a close that fails spoils nothing', async () => {
    const { check } = examined([], {
      close: async () => {
        throw new Error('already closed')
      },
    })
    expect(await check()).toHaveLength(1)
  })

  test('what never answers is given up after a time', { timeout: 20_000 }, async () => {
    vi.useFakeTimers()
    try {
      const { check } = examined([{ check: 'hangs', find: () => new Promise(() => undefined) }])
      const checking = check()
      await vi.advanceTimersByTimeAsync(6_000)
      expect((await checking)[1]).toMatchObject({ check: 'hangs', status: 'warning' })
      const connect = () => new Promise<never>(() => undefined)
      const connecting = examine({ subject: 'db', where: 'The database', connect })
      await vi.advanceTimersByTimeAsync(12_000)
      expect(await connecting).toMatchObject([{ check: 'connectivity', status: 'error' }])
    } finally {
      vi.useRealTimers()
    }
  })
})

describe('findings', () => {
  test('of the clock take the time of the call into account', () => {
    expect(foundSkew(10_500, 10_000, 10_200)).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('400 ms'),
    })
    expect(foundSkew(15_000, 0, 30_000)).toMatchObject({ status: 'ok' })
    expect(foundSkew(15_000, 10_000, 10_000)).toMatchObject({
      status: 'note',
      message: 'The clock of this machine is 5 s behind that of the backend.',
    })
    expect(foundSkew(10_000, 3_610_000, 3_610_000)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('60 min ahead of'),
    })
  })

  test('of the schema say who makes what is missing', () => {
    expect(foundSchema([], 2, true).status).toBe('ok')
    expect(foundSchema(['1', '2'], 2, true).status).toBe('note')
    expect(foundSchema(['2'], 2, true)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('lacks 2'),
    })
    expect(foundSchema(['1', '2'], 2, false)).toMatchObject({
      status: 'error',
      nextStep: expect.stringContaining('tasq migrate'),
    })
  })

  test('of connections count what a process takes against what is left', () => {
    const settings = { server: 'max_connections', app: 'maxPoolSize' }
    expect(foundBudget({ most: 100, used: 20, perProcess: 11, settings })).toMatchObject({
      status: 'ok',
      message: expect.stringContaining('room for 7 more'),
    })
    expect(foundBudget({ most: 100, used: 85, perProcess: 11, settings }).status).toBe('warning')
    expect(foundBudget({ most: 100, used: 95, perProcess: 11, settings })).toMatchObject({
      status: 'error',
      nextStep: 'Lower maxPoolSize, or raise max_connections on the server.',
    })
  })

  test('of workers, lost tasks and versions', () => {
    expect(foundWorkers(1).message).toBe('1 worker is there.')
    expect(foundWorkers(0)).toMatchObject({
      status: 'note',
      nextStep: expect.stringContaining('tasq worker'),
    })
    expect(foundOrphans(0, undefined).status).toBe('ok')
    expect(foundOrphans(3, 180_000)).toMatchObject({
      status: 'warning',
      message: expect.stringContaining('3 tasks are held by workers that are gone, the first for 3 min'),
    })
    expect(foundVersion('DB', '1.0', false, '2.0')).toMatchObject({
      status: 'error',
      nextStep: 'Use DB 2.0 or later.',
    })
    expect(foundVersion('DB', '2.1', true, '2.0').status).toBe('ok')
  })
})
