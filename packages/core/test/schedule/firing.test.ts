import { describe, expect, test } from 'vitest'
import { scheduleLoop } from '../../src/engine/schedule-loop.ts'
import { defineTask, type ScheduledRun, scheduledRun, typed } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { sleep } from '../../src/runtime/clock.ts'
import { DeclaredSchedules } from '../../src/schedule/declared-schedules.ts'
import { ScheduleStore } from '../../src/schedule/schedule-store.ts'
import { appOn } from '../support/app.ts'
import {
  doneButHangs,
  type Fault,
  fails,
  hangs,
  losesAnswer,
  refusal,
  waitsFor,
} from '../support/faulty-driver.ts'
import { only, present } from '../support/present.ts'
import { EventLog, eventually, stage } from '../support/stage.ts'
import { ScheduleLine } from './schedule-line.ts'

const start = Date.UTC(2026, 0, 1)
const note = defineTask({ name: 'note', input: typed<string>(), retry: { maxAttempts: 1 } })

/** Several processes on one backend; every run is noted. */
function processes(count: number, backendClock?: VirtualClock) {
  const clock = backendClock ?? new VirtualClock(start)
  const store = new MemoryStore(clock)
  const ran: (ScheduledRun & { readonly input: string; readonly at: number })[] = []
  const run = note.handle((input, context) => {
    ran.push({ ...present(scheduledRun(context)), input, at: clock.now() })
  })
  const stages = Array.from({ length: count }, () => {
    const made = stage({ tasks: [run], store, clock })
    return { ...made, line: new ScheduleLine(made.driver) }
  })
  const [first = never()] = stages
  return {
    clock,
    store,
    stages,
    first,
    ran,
    secondsOf: () => ran.map(({ scheduledFor }) => (+scheduledFor - start) / 1_000),
  }
}

/** Done at once, but the answer takes a while. */
function answersLate(clock: VirtualClock): Fault {
  return async (work) => {
    const answer = await work()
    await sleep(clock, 300)
    return answer
  }
}

function never(): never {
  throw new Error('there is no process')
}

describe('every tick is fired once', () => {
  test('by ten workers that race, within a second of its time', async () => {
    const { clock, stages, first, ran, secondsOf } = processes(10)
    await first.tasq.schedules.set({ id: 'minutely', task: note, input: 'a', cron: '* * * * *' })
    await first.tasq.schedules.set({ id: 'often', task: note, input: 'b', every: '7s' })
    for (const [index, { tasq, line }] of stages.entries()) {
      line.everyRead = answersLate(clock) // so that all know of a tick before one of them has written
      await tasq.worker({ clusterId: `cluster ${index}` }).start() // so that each of them leads
    }
    await clock.advance(180_900)
    const often = Array.from({ length: 25 }, (_, index) => 7 * (index + 1))
    expect(secondsOf().sort((a, b) => a - b)).toEqual([...often, 60, 120, 180].sort((a, b) => a - b))
    for (const { at, scheduledFor } of ran) expect(at - +scheduledFor).toBeLessThan(1_000)
    expect(new Set(ran.filter(({ schedule }) => schedule === 'minutely').map(({ input }) => input))).toEqual(
      new Set(['a']),
    )
    const writes = stages.reduce((sum, { line }) => sum + line.writes, 0)
    expect(writes).toBeGreaterThan(100) // they did race
    const fired = stages.reduce((sum, { log }) => sum + log.count('schedule:fired'), 0)
    expect([fired, stages.reduce((sum, { log }) => sum + log.count('worker:error'), 0)]).toEqual([28, 0])
  })

  test('where a worker is held between reading and writing, and writes long after another one', async () => {
    const { clock, stages, first, secondsOf } = processes(2)
    const [held, other] = [first, present(stages[1])]
    await held.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '30s' })
    const gate = Promise.withResolvers<void>()
    held.line.everyWrite = waitsFor(gate.promise)
    await held.tasq.worker({ clusterId: 'one' }).start()
    await clock.advance(30_500) // it has read that the tick is due, and writes
    expect(held.line.writes).toBeGreaterThan(1)
    await other.tasq.worker({ clusterId: 'other' }).start()
    await clock.advance(45_000) // the other one fires this tick and the next
    expect(secondsOf()).toEqual([30, 60])
    gate.resolve()
    held.line.everyWrite = undefined
    await clock.advance(30_000)
    expect(secondsOf()).toEqual([30, 60, 90])
    expect((await other.tasq.schedules.get('a'))?.runs).toBe(3)
  })

  test('where the leader stands still for longer than its lease, and goes on when another one leads', async () => {
    const { clock, stages, first, secondsOf } = processes(2)
    const other = present(stages[1])
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '60s' })
    await first.tasq.worker().start()
    await clock.advance(2_000)
    await other.tasq.worker().start()
    await clock.advance(57_000)
    expect(other.line.reads).toBe(0) // it does not lead
    const gate = Promise.withResolvers<void>()
    first.driver.always(waitsFor(gate.promise), 'readRecords', 'writeRecords')
    await clock.advance(30_000)
    expect(secondsOf()).toEqual([60])
    expect(other.log.count('schedule:fired')).toBe(1)
    gate.resolve()
    first.driver.heal()
    await clock.advance(60_000)
    expect(secondsOf()).toEqual([60, 120])
  })

  test('where the writes of a tick go through only after their sender has given them up, and sent them again', async () => {
    const { clock, first, secondsOf } = processes(1)
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '60s' })
    const gate = Promise.withResolvers<void>()
    first.line.nextWrites.push(waitsFor(gate.promise), waitsFor(gate.promise))
    await first.tasq.worker().start()
    await clock.advance(95_000)
    expect(secondsOf()).toEqual([60])
    gate.resolve()
    await clock.advance(30_000)
    expect(secondsOf()).toEqual([60, 120])
  })

  test.each([
    ['the answer is lost', losesAnswer()],
    ['no answer comes', doneButHangs],
    ['it fails', fails()],
    ['nothing is done and no answer comes', hangs],
  ])('where %s', async (_, fault) => {
    const { clock, first, secondsOf } = processes(1)
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '60s' })
    await first.tasq.worker().start()
    first.line.nextWrites.push(fault, fault)
    await clock.advance(150_000)
    expect(secondsOf()).toEqual([60, 120])
    expect(first.log.count('schedule:fired')).toBe(2)
  })

  test('where the backend is away, and comes back', async () => {
    const { clock, first, secondsOf } = processes(1)
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '10s', missed: { all: 100 } })
    await first.tasq.worker().start()
    await clock.advance(10_500)
    first.driver.always(fails(), 'readRecords', 'writeRecords')
    await clock.advance(60_000)
    first.driver.heal()
    await eventually(clock, () => secondsOf().length >= 7)
    expect(secondsOf().slice(0, 7)).toEqual([10, 20, 30, 40, 50, 60, 70])
  })
})

test('a schedule that can’t be written stops no other', async () => {
  const { clock, first, ran } = processes(1)
  const inner = first.driver.coordination.write
  const refusing: typeof inner = async (call) => {
    if (call.writes[0]?.key === 'bad' && call.tasks !== undefined) throw refusal()
    return await inner(call)
  }
  Object.assign(first.driver.coordination, { write: refusing })
  for (const id of ['bad', 'good'])
    await first.tasq.schedules.set({ id, task: note, input: id, every: '10s' })
  await first.tasq.worker().start()
  await clock.advance(31_000)
  expect(ran.map(({ input }) => input)).toEqual(['good', 'good', 'good'])
  expect(present(first.log.of('worker:error')[0]).loop).toBe('schedules')
})

test('a worker that does not know the task fires it all the same', async () => {
  const clock = new VirtualClock(start)
  const store = new MemoryStore(clock)
  const { tasq } = stage({ tasks: [note], store, clock })
  await tasq.schedules.set({
    id: 'a',
    task: note,
    input: 'text',
    every: '10s',
    priority: 'high',
    headers: { origin: 'here' },
    expiresIn: '5s',
    keepResult: '1m',
    retry: { maxAttempts: 7 },
    unique: { key: 'one at a time' },
  })
  const other = stage({
    tasks: [defineTask({ name: 'other', queue: 'others', run: () => {} })],
    store,
    clock,
  })
  await other.tasq.worker().start()
  await clock.advance(10_500)
  const stored = only([...store.live.values()])
  expect(stored.envelope).toMatchObject({
    task: 'note',
    queue: 'default',
    priority: 50,
    headers: { origin: 'here', 'tasq-schedule': 'a', 'tasq-scheduled-for': '2026-01-01T00:00:10.000Z' },
    keepResultMs: 60_000,
    unique: { key: 'one at a time' },
    policy: { maxAttempts: 7 },
  })
  expect(stored.expiresAt).toBe(stored.enqueuedAt + 5_000)
  await clock.advance(10_000) // its key is held
  expect(store.live.size).toBe(1)
})

describe('ticks that no worker was there for', () => {
  test.each([
    ['skip', [60], 5],
    ['once', [50, 60], 4],
    [{ all: 2 }, [40, 50, 60], 3],
  ] as const)('%o', async (missed, minutes, ticks) => {
    const { clock, first, secondsOf } = processes(1)
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '10m', missed })
    await clock.advance(55 * 60_000)
    await first.tasq.worker().start()
    await clock.advance(5 * 60_000 + 500)
    expect(secondsOf()).toEqual(minutes.map((minute) => minute * 60))
    expect(only(first.log.of('schedule:missed'))).toEqual({
      schedule: 'a',
      queue: 'default',
      task: 'note',
      ticks,
      latest: new Date(start + 50 * 60_000),
    })
  })
})

describe('the end', () => {
  test('a single instant runs once, and is kept for a week', async () => {
    const { clock, first, secondsOf, store } = processes(1)
    const single = { id: 'a', task: note, input: 'a', at: new Date(start + 5_000) } as const
    await first.tasq.schedules.set(single)
    const worker = first.tasq.worker()
    await worker.start()
    await clock.advance(5_500)
    expect(secondsOf()).toEqual([5])
    expect(await first.tasq.schedules.set(single)).toMatchObject({
      state: 'ended',
      nextRun: undefined,
      runs: 1,
    })
    await clock.advance(20_000)
    expect(secondsOf()).toEqual([5])
    const { expiresAt } = only([...store.records.values()].filter(({ kind }) => kind === 'schedule'))
    const kept = present(expiresAt) - start - 5_000
    expect([kept >= 7 * 86_400_000, kept < 7 * 86_400_000 + 1_000]).toEqual([true, true])
  })

  test('an instant that was over when it was set counts as missed', async () => {
    const { clock, first, ran } = processes(1)
    await first.tasq.worker().start()
    const at = new Date(start - 3_600_000)
    await first.tasq.schedules.set({ id: 'run', task: note, input: 'run', at })
    await first.tasq.schedules.set({ id: 'skip', task: note, input: 'skip', at, missed: 'skip' })
    await clock.advance(1_000)
    expect(ran.map(({ input }) => input)).toEqual(['run'])
    expect((await first.tasq.schedules.list()).map(({ state }) => state)).toEqual(['ended', 'ended'])
  })
})

describe('at rest', () => {
  test('without schedules it looks every ten seconds, and at once when one is set here', async () => {
    const { clock, first, ran } = processes(1)
    await first.tasq.worker().start()
    await clock.advance(60_000)
    expect(first.line.reads).toBeLessThanOrEqual(7)
    await first.tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '1s' })
    await clock.advance(1_100)
    expect(ran.length).toBe(1)
    await first.tasq.schedules.pause('a')
    const reads = first.line.reads
    await clock.advance(60_000)
    expect(first.line.reads - reads).toBeLessThanOrEqual(14)
  })

  test('whoever does not lead reads nothing, until it does', async () => {
    const clock = new VirtualClock(start)
    const driver = memory({ clock })
    const app = appOn(driver, clock)
    const log = new EventLog(app)
    const { coordination } = driver
    let reads = 0
    const counted = {
      ...coordination,
      read: (...call: Parameters<typeof coordination.read>) => {
        reads++
        return coordination.read(...call)
      },
    }
    const store = new ScheduleStore(counted, {
      clock,
      random: () => 0.5,
      driverName: 'memory',
      line: app.control,
    })
    const declared = new DeclaredSchedules(store, [], () => never())
    let leads = false
    const loop = scheduleLoop({ app, schedules: { store, declared }, onError: never, isLeader: () => leads })
    const { tasq } = stage({ tasks: [note], store: driver.store, clock })
    await tasq.schedules.set({ id: 'a', task: note, input: 'a', every: '10s' })
    loop.start()
    await clock.advance(30_000)
    expect(reads).toBe(0)
    leads = true
    await clock.advance(1_500)
    expect(log.count('schedule:fired')).toBe(1)
    await loop.stop()
  })
})
