import assert from 'node:assert/strict'
import { defineSchedule, defineTask, type Schedules, scheduledRun, typed } from '@tasq/core'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { facet } from '../context.ts'
import { assertBetween, assertSame, assertSameMembers } from '../expect.ts'
import { skewedClock } from '../harness.ts'

const job = defineTask({ name: 'job', queue: 'work', input: typed<{ n: number }>() })
const everySecond = { id: 'often', task: job, input: { n: 1 }, every: '1s', missed: { all: 100 } } as const
const HOUR = 3_600_000

/** The engine on the driver: schedules, fired by whoever comes first. */
export const scheduling: ConformanceTopic = {
  name: 'schedules',
  needs: ['coordination'],
  cases: [
    {
      name: 'workers of several processes fire each tick of an interval once, in time',
      run: async (context) => {
        const { schedules } = context.app(await context.connect(), [job])
        const made = await schedules.set(everySecond)
        const { ran } = await team(context, 3)
        const inTime = () => ran.filter(({ late }) => late < 3_000)
        await context.until('three ticks have run in time', () => inTime().length >= 3)
        await schedules.pause('often')
        await context.advance(1_500)
        const { runs } = await get(schedules, 'often')
        const first = made.nextRun?.getTime() ?? Number.NaN
        assertSameMembers(
          ran.map(({ scheduledFor }) => `${scheduledFor}`),
          Array.from({ length: runs }, (_, index) => `${first + index * 1_000}`),
        )
      },
    },
    {
      name: 'a schedule that is paused in another process fires no more, and goes on when it is resumed',
      run: async (context) => {
        const here = context.app(await context.connect(), [job]).schedules
        const there = context.app(await context.connect(), [job]).schedules
        await here.set(everySecond)
        const { ran } = await team(context, 2)
        await context.until('a tick has run', () => ran.length >= 1)
        assert.equal((await there.pause('often')).state, 'paused')
        const { runs } = await get(here, 'often')
        await context.advance(2_500)
        const paused = await get(here, 'often')
        assert.deepEqual([paused.state, paused.runs], ['paused', runs])
        await there.resume('often')
        await context.until('it runs again', async () => (await get(here, 'often')).runs > runs)
      },
    },
    {
      name: 'a schedule that is triggered in another process runs once, and its ticks stay as they are',
      run: async (context) => {
        const { ran } = await team(context, 2)
        const here = context.app(await context.connect(), [job]).schedules
        const there = context.app(await context.connect(), [job]).schedules
        const made = await here.set({ ...everySecond, id: 'rare', every: '7d' })
        const { id, queue } = await there.trigger('rare')
        assert.equal(queue, 'work')
        await context.until('it has run', () => ran.length >= 1)
        await context.advance(300)
        assert.deepEqual(
          ran.map((run) => run.id),
          [id],
        )
        const triggered = await get(here, 'rare')
        assertSame(triggered.nextRun, made.nextRun)
        assert.deepEqual([triggered.runs, triggered.lastRun?.taskId], [1, id])
      },
    },
    {
      name: 'of many who fire the same ticks at once, one does',
      run: async (context) => {
        const { schedules } = context.app(await context.connect(), [job])
        const { now } = await facet(await context.connect(), 'coordination').read('schedule')
        const at = new Date(now + 1_000)
        const ids = Array.from({ length: 10 }, (_, index) => `single ${index}`)
        await Promise.all(ids.map((id) => schedules.set({ id, task: job, input: { n: 1 }, at })))
        const { ran } = await team(context, 4)
        await context.until('all have run', () => ran.length >= ids.length)
        await context.advance(300)
        assertSameMembers(
          ran.map(({ schedule }) => schedule),
          ids,
        )
        for (const { state, runs } of await schedules.list()) assert.deepEqual([state, runs], ['ended', 1])
      },
    },
    {
      name: 'the task of a schedule is stored as it was set, and a schedule in code is there when a worker has started',
      run: async (context) => {
        const driver = await context.connect()
        const seen: unknown[] = []
        const noting = job.handle(async (input, { headers, priority, queue }) => {
          seen.push([input, headers.origin, priority, queue])
        })
        const input = { n: 42 }
        const rest = { priority: 'high', headers: { origin: 'Größe 🐢' }, queue: 'other work' } as const
        const schedule = defineSchedule({ id: 'Größe 🐢', task: job, input, cron: '* * * * * *', ...rest })
        const tasq = context.app(driver, [noting], { schedules: [schedule] })
        await context.work(tasq, { queues: ['other work'] })
        await context.until('it has run', () => seen.length >= 1)
        const [first] = seen
        assertSame(first, [input, 'Größe 🐢', 50, 'other work'])
        const snapshot = await get(tasq.schedules, 'Größe 🐢')
        assert.deepEqual([snapshot.source, snapshot.cron], ['code', '* * * * * *'])
        assert.equal(await tasq.schedules.remove('Größe 🐢'), true)
        assertSame(await tasq.schedules.list(), [])
      },
    },
    {
      name: 'the time of a schedule is the backend’s, whatever the clock of a worker says',
      needs: ['backend clock'],
      run: async (context) => {
        for (const clockSkewMs of [-HOUR, HOUR]) {
          const ran: number[] = []
          const driver = await context.connect({ clockSkewMs })
          const queue = `of ${clockSkewMs}`
          const clock = skewedClock(context.store.clock, clockSkewMs)
          const noting = job.handle(async () => void ran.push(context.elapsed))
          const tasq = context.app(driver, [noting], { clock })
          await context.work(tasq, { queues: [queue] })
          const { now } = await facet(await context.connect(), 'coordination').read('schedule')
          const before = context.elapsed
          await tasq.schedules.set({ id: queue, task: job, input: { n: 1 }, queue, at: new Date(now + 800) })
          await context.until('it has run', () => ran.length >= 1)
          assertBetween('the time until it ran', (ran[0] ?? 0) - before, 700, 6_000 + context.lateMs)
        }
      },
    },
  ],
}

interface Run {
  readonly id: string
  readonly schedule: string
  readonly scheduledFor: number
  /** How long after its time it was enqueued, in ms. */
  readonly late: number
}

/** Workers in so many processes, and what they have run. */
async function team(context: CaseContext, size: number) {
  const ran: Run[] = []
  const noting = job.handle(async (_, context) => {
    const run = scheduledRun(context)
    const scheduledFor = run?.scheduledFor.getTime() ?? Number.NaN
    ran.push({
      id: context.id,
      schedule: run?.schedule ?? 'none',
      scheduledFor,
      late: +context.enqueuedAt - scheduledFor,
    })
  })
  for (let worker = 0; worker < size; worker++) {
    const driver = await context.connectFaulty()
    // All have seen that a tick is due by the time at which the first of them writes.
    driver.faults.delay('coordination.write', 100, { times: Number.POSITIVE_INFINITY })
    await context.work(context.app(driver, [noting]), { clusterId: `${worker}` }) // all of them lead
  }
  return { ran }
}

async function get(schedules: Pick<Schedules, 'get'>, id: string) {
  return (await schedules.get(id)) ?? assert.fail(`there is no schedule '${id}'`)
}
