import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  createTasq,
  defineSchedule,
  defineTask,
  InvalidInputError,
  InvalidOptionError,
  jsonCodec,
  PayloadTooLargeError,
  type ScheduleSnapshot,
  scheduledRun,
  type TaskDefinition,
  UnknownScheduleError,
} from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { type Fault, fails, hangs, losesAnswer } from '../support/faulty-driver.ts'
import { only, present, rejection } from '../support/present.ts'
import { eventually, stage as plainStage, type StageOptions } from '../support/stage.ts'
import { ScheduleLine } from './schedule-line.ts'

/** A process whose calls about schedules can be counted, and broken. */
function stage<const Tasks extends readonly TaskDefinition[] = readonly []>(
  options: StageOptions<Tasks> = {},
) {
  const made = plainStage(options)
  return { ...made, line: new ScheduleLine(made.driver) }
}

function schedulesOf(store: MemoryStore) {
  return [...store.records.values()].filter(({ kind }) => kind === 'schedule')
}

const isDone: Fault = (work) => work()
const report = defineTask({
  name: 'report',
  queue: 'reports',
  input: z.object({ days: z.number() }),
  run: () => {},
})
const nightly = { id: 'nightly', task: 'report', input: { days: 1 }, cron: '0 3 * * *' } as const

function times(dates: readonly (Date | undefined)[]): readonly (string | undefined)[] {
  return dates.map((date) => date?.toISOString().slice(0, 19))
}

describe('set', () => {
  test('makes a schedule, which says what it is', async () => {
    const { tasq } = stage({ tasks: [report] })
    const made = await tasq.schedules.set({ ...nightly, timezone: 'Europe/Berlin', missed: { all: 3 } })
    expect(made).toEqual({
      id: 'nightly',
      task: 'report',
      queue: 'reports',
      state: 'active',
      cron: '0 3 * * *',
      timezone: 'Europe/Berlin',
      everyMs: undefined,
      at: undefined,
      startAt: undefined,
      endAt: undefined,
      missed: { all: 3 },
      source: 'call',
      nextRun: new Date('2026-01-01T02:00:00Z'),
      lastRun: undefined,
      runs: 0,
    } satisfies ScheduleSnapshot)
    expect(await tasq.schedules.get('nightly')).toEqual(made)
    expect(await tasq.schedules.list()).toEqual([made])
    expect(await tasq.schedules.get('other')).toBeUndefined()
  })

  test('changes nothing where nothing differs, and writes nothing', async () => {
    const { tasq, clock, line } = stage({ tasks: [report] })
    const hourly = { id: 'hourly', task: report, input: { days: 1 }, every: '1h' } as const
    const made = await tasq.schedules.set(hourly)
    await clock.advance(40 * 60_000)
    const { writes } = line
    expect(await tasq.schedules.set(hourly)).toEqual(made)
    expect(line.writes).toBe(writes)
  })

  test('plans anew where the times change, and only there', async () => {
    const { tasq, clock } = stage({ tasks: [report] })
    const hourly = { id: 'a', task: report, input: { days: 1 }, every: '1h' } as const
    await tasq.schedules.set(hourly)
    await clock.advance(40 * 60_000)
    const other = await tasq.schedules.set({
      ...hourly,
      input: { days: 2 },
      priority: 'high',
      missed: 'skip',
    })
    expect([other.missed, ...times([other.nextRun])]).toEqual(['skip', '2026-01-01T01:00:00'])
    const changed = await tasq.schedules.set({ ...hourly, every: '2h' })
    expect(times([changed.nextRun])).toEqual(['2026-01-01T02:40:00'])
  })

  test('leaves a paused one paused', async () => {
    const { tasq } = stage({ tasks: [report] })
    await tasq.schedules.set(nightly)
    await tasq.schedules.pause('nightly')
    expect((await tasq.schedules.set({ ...nightly, cron: '0 4 * * *' })).state).toBe('paused')
  })

  test('refuses an input that does not fit its task, a task that nobody knows, and what is impossible', async () => {
    const { tasq } = stage({ tasks: [report] })
    const input = { days: 'one' } as never
    await expect(tasq.schedules.set({ ...nightly, input })).rejects.toThrow(InvalidInputError)
    await expect(tasq.schedules.set({ ...nightly, task: 'other' as 'report' })).rejects.toMatchObject({
      code: 'TASQ_UNKNOWN_TASK',
    })
    await expect(tasq.schedules.set({ ...nightly, cron: 'x' })).rejects.toThrow(InvalidOptionError)
    expect(await tasq.schedules.list()).toEqual([])
  })

  test('refuses what is too large for a record', async () => {
    const large = defineTask({ name: 'large', run: (_: string) => {} })
    const { tasq } = stage()
    const set = tasq.schedules.set({ id: 'a', task: large, input: 'x'.repeat(60_000), every: '1h' })
    expect((await rejection(set, PayloadTooLargeError)).limit).toBe(64_000)
  })

  test('is made once where its answers are lost', async () => {
    const { tasq, line, clock } = stage({ tasks: [report] })
    line.nextWrites.push(fails(), losesAnswer(), losesAnswer())
    let made: ScheduleSnapshot | undefined
    void tasq.schedules.set(nightly).then((snapshot) => {
      made = snapshot
    })
    await eventually(clock, () => made !== undefined)
    expect((await tasq.schedules.list()).length).toBe(1)
  })
})

describe('another queue', () => {
  test('gets a schedule whose tasks go there from now on, and the old one is gone', async () => {
    const { tasq, store } = stage({ tasks: [report] })
    await tasq.schedules.set(nightly)
    const moved = await tasq.schedules.set({ ...nightly, queue: 'slow' })
    expect([moved.queue, ...times([moved.nextRun])]).toEqual(['slow', '2026-01-01T03:00:00'])
    expect((await tasq.schedules.list()).map(({ queue }) => queue)).toEqual(['slow'])
    expect(schedulesOf(store).map(({ scope }) => scope)).toEqual(['slow'])
  })

  test.each([1, 2])(
    'whoever dies after write %i of the move loses nothing, and doubles nothing',
    async (done) => {
      const clock = new VirtualClock()
      const store = new MemoryStore(clock)
      const { tasq, line } = stage({ tasks: [report], store, clock })
      await tasq.schedules.set(nightly)
      line.nextWrites.push(...Array.from({ length: done }, () => isDone))
      line.everyWrite = hangs // after those it does no more
      void tasq.schedules.set({ ...nightly, queue: 'slow', cron: '*/5 * * * *' }).catch(() => undefined)
      await clock.settle()
      const ran: string[] = []
      const other = stage({ tasks: [report.handle((_, { queue }) => void ran.push(queue))], store, clock })
      await other.tasq.worker({ queues: ['slow', 'reports'] }).start()
      await eventually(clock, () => ran.length > 0, { within: 360_000 })
      await clock.advance(60_000)
      expect(ran).toEqual(['slow'])
      expect(only(await other.tasq.schedules.list())).toMatchObject({
        queue: 'slow',
        cron: '*/5 * * * *',
        runs: 1,
      })
    },
  )
})

describe('pause and resume', () => {
  test('keep it from firing; what fell into the pause is over', async () => {
    const ran: string[] = []
    const note = defineTask({
      name: 'note',
      run: (_: undefined, context) =>
        void ran.push(...(times([scheduledRun(context)?.scheduledFor]) as string[])),
    })
    const { tasq, clock, log } = stage({ tasks: [note] })
    await tasq.schedules.set({ id: 'a', task: note, every: '1m', missed: { all: 100 } })
    await tasq.worker().start()
    await clock.advance(60_500)
    const paused = await tasq.schedules.pause('a')
    expect([paused.state, paused.nextRun]).toEqual(['paused', undefined])
    await clock.advance(10 * 60_000)
    expect(times(await tasq.schedules.next('a', 1))).toEqual(['2026-01-01T00:12:00'])
    const resumed = await tasq.schedules.resume('a')
    expect([resumed.state, ...times([resumed.nextRun])]).toEqual(['active', '2026-01-01T00:12:00'])
    await eventually(clock, () => ran.length === 2)
    expect(ran).toEqual(['2026-01-01T00:01:00', '2026-01-01T00:12:00'])
    expect(log.count('schedule:missed')).toBe(0)
  })

  test('do not lose a single instant that fell into the pause', async () => {
    const { tasq, clock, log } = stage({ tasks: [report] })
    const at = new Date(clock.now() + 60_000)
    await tasq.schedules.set({ id: 'a', task: report, input: { days: 1 }, at })
    await tasq.schedules.pause('a')
    await tasq.worker().start()
    await clock.advance(120_000)
    expect(log.count('schedule:fired')).toBe(0)
    await tasq.schedules.resume('a')
    await eventually(clock, () => log.count('schedule:fired') === 1)
    expect(only(log.of('schedule:fired')).scheduledFor).toEqual(at)
  })
})

describe('trigger', () => {
  test('runs it now, paused or not, and moves no tick', async () => {
    const { tasq, clock, log, store } = stage({ tasks: [report] })
    const made = await tasq.schedules.set(nightly)
    await clock.advance(5_000)
    const ref = await tasq.schedules.trigger('nightly')
    expect([...store.live.keys()]).toEqual([ref.id])
    expect(await tasq.schedules.get('nightly')).toEqual({
      ...made,
      runs: 1,
      lastRun: {
        taskId: ref.id,
        cause: 'trigger',
        scheduledFor: new Date(clock.now()),
        firedAt: new Date(clock.now()),
      },
    })
    await tasq.schedules.pause('nightly')
    await tasq.schedules.trigger('nightly')
    expect(store.live.size).toBe(2)
    expect(log.of('schedule:fired').map(({ cause, task }) => [cause, task])).toEqual([
      ['trigger', 'report'],
      ['trigger', 'report'],
    ])
  })

  test('runs it once where the answers are lost', async () => {
    const { tasq, clock, store, line } = stage({ tasks: [report] })
    await tasq.schedules.set(nightly)
    line.nextWrites.push(losesAnswer(), losesAnswer())
    let triggered = false
    void tasq.schedules.trigger('nightly').then(() => {
      triggered = true
    })
    await eventually(clock, () => triggered)
    expect(store.live.size).toBe(1)
    expect((await tasq.schedules.get('nightly'))?.runs).toBe(1)
  })
})

test('next gives the ticks that come, fewer where it ends', async () => {
  const { tasq } = stage({ tasks: [report] })
  await tasq.schedules.set({ ...nightly, endAt: new Date('2026-01-03T03:00:00Z') })
  expect(times(await tasq.schedules.next('nightly', 2))).toEqual([
    '2026-01-01T03:00:00',
    '2026-01-02T03:00:00',
  ])
  expect((await tasq.schedules.next('nightly', 10)).length).toBe(3)
  for (const count of [0, 1.5, 1_001])
    await rejection(tasq.schedules.next('nightly', count), InvalidOptionError)
})

test('what is removed fires no more', async () => {
  const { tasq, clock, log } = stage({ tasks: [report] })
  await tasq.worker().start()
  await tasq.schedules.set({ ...nightly, cron: '* * * * *' })
  await eventually(clock, () => log.count('schedule:fired') === 1, { within: 120_000 })
  expect(await tasq.schedules.remove('nightly')).toBe(true)
  expect(await tasq.schedules.remove('nightly')).toBe(false)
  await clock.advance(300_000)
  expect(log.count('schedule:fired')).toBe(1)
})

test('an id that no schedule has is told', async () => {
  const { tasq } = stage({ tasks: [report] })
  const { schedules } = tasq
  for (const call of [
    schedules.pause('a'),
    schedules.resume('a'),
    schedules.trigger('a'),
    schedules.next('a'),
  ]) {
    expect((await rejection(call, UnknownScheduleError)).code).toBe('TASQ_UNKNOWN_SCHEDULE')
  }
})

describe('schedules in code', () => {
  const declared = defineSchedule({ id: 'declared', task: report, input: { days: 1 }, every: '1h' })

  test('are written when a worker starts, as they stand there', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const { tasq } = stage({ tasks: [report], schedules: [declared], store, clock })
    expect(await tasq.schedules.list()).toEqual([])
    await tasq.worker().start()
    await clock.settle()
    expect(await tasq.schedules.list()).toMatchObject([{ id: 'declared', source: 'code' }])
    await clock.advance(600_000)
    const again = stage({ tasks: [report], schedules: [declared], store, clock })
    await again.tasq.worker().start()
    await clock.settle()
    expect(again.line.writes).toBe(0)
    const changed = defineSchedule({ id: 'declared', task: report, input: { days: 1 }, every: '30m' })
    const newer = stage({ tasks: [report], schedules: [changed], store, clock })
    await newer.tasq.worker().start()
    await clock.settle()
    expect(await newer.tasq.schedules.list()).toMatchObject([{ everyMs: 1_800_000 }])
  })

  test('are written once the backend is reached, and errors are told', async () => {
    const { tasq, clock, line, log, store } = stage({ tasks: [report], schedules: [declared] })
    line.everyRead = fails()
    await tasq.worker().start()
    await eventually(clock, () => log.count('worker:error') > 0)
    expect(present(log.of('worker:error')[0]).loop).toBe('schedules')
    line.everyRead = undefined
    await eventually(clock, () => schedulesOf(store).length === 1)
  })

  test('go on when they are taken out of the code, until they are pruned', async () => {
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const before = stage({ tasks: [report], schedules: [declared], store, clock })
    await before.tasq.worker().start()
    await clock.settle()
    const { tasq } = stage({ tasks: [report], store, clock })
    await tasq.schedules.set(nightly)
    expect((await tasq.schedules.list()).map(({ id }) => id)).toEqual(['declared', 'nightly'])
    expect(await before.tasq.schedules.prune()).toEqual([])
    expect(await tasq.schedules.prune()).toEqual(['declared'])
    expect((await tasq.schedules.list()).map(({ id }) => id)).toEqual(['nightly'])
  })
})

test('what another version has written, and this one can’t read, is left alone and stops nothing', async () => {
  const { tasq, clock, driver, log } = stage({ tasks: [report] })
  await tasq.schedules.set({ ...nightly, cron: '* * * * *' })
  const { value } = only(schedulesOf(driver.store))
  const odd = JSON.parse(value)
  const write = (key: string, changed: object | string) =>
    driver.coordination.write({
      scope: 'reports',
      writes: [
        {
          kind: 'schedule',
          key,
          version: key,
          value: typeof changed === 'string' ? changed : JSON.stringify(changed),
        },
      ],
    })
  await write('newer', { ...odd, formatVersion: 2 })
  await write('zone', {
    ...odd,
    plan: { timing: { kind: 'cron', pattern: '* * * * *', timezone: 'Mars/X' } },
  })
  await write('pattern', { ...odd, plan: { timing: { kind: 'cron', pattern: 'odd', timezone: 'UTC' } } })
  await write('kind', { ...odd, plan: { timing: { kind: 'moon' } } })
  await write('text', 'no json')
  await tasq.worker().start()
  await eventually(clock, () => log.count('schedule:fired') === 2, { within: 180_000 })
  expect(log.count('worker:error')).toBe(0)
  expect(schedulesOf(driver.store).length).toBe(6)
})

test('the input is stored as the app encodes it', async () => {
  const tasq = createTasq({ driver: memory(), tasks: [report], codec: jsonCodec })
  await tasq.schedules.set(nightly)
  const { id } = await tasq.schedules.trigger('nightly')
  const stored = present(tasq.driver.store.live.get(id)).envelope
  expect([stored.payload.encoding, Buffer.from(stored.payload.bytes).toString()]).toEqual([
    jsonCodec.contentType,
    '{"days":1}',
  ])
  await tasq.close()
})
