import assert from 'node:assert/strict'
import { defineTask, typed } from '@tasq/core'
import { sleep } from '@tasq/core/driver'
import { assertNothingReady, deadCount, enqueueOne } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { cancellationOf } from '../context.ts'
import { assertBetween, assertSameMembers } from '../expect.ts'
import { skewedClock } from '../harness.ts'
import { refOf } from '../tasks.ts'

const job = defineTask({
  name: 'job',
  queue: 'work',
  input: typed<{ n: number }>(),
  retry: { maxAttempts: 3, delay: '50ms', strategy: 'fixed', jitter: 0 },
})

const HOUR = 3_600_000

/** The engine on the driver, in fair weather. */
export const working: ConformanceTopic = {
  name: 'workers',
  cases: [
    {
      name: 'two workers share the tasks, and each task runs once',
      run: async (context) => {
        const producer = context.app(await context.connect(), [job])
        const ran: number[] = []
        const counting = job.handle(async ({ n }) => void ran.push(n))
        for (let workers = 0; workers < 2; workers++) {
          await context.work(context.app(await context.connect(), [counting]))
        }
        const numbers = Array.from({ length: 150 }, (_, n) => n)
        await producer.enqueueMany(
          job,
          numbers.map((n) => ({ n })),
        )
        await context.until('all have run', () => ran.length >= numbers.length)
        await context.advance(100)
        assertSameMembers(ran.map(String), numbers.map(String))
        await assertNothingReady(await context.connect())
      },
    },
    {
      name: 'a task that is enqueued elsewhere starts well before the next poll [A36, Q6]',
      run: async (context) => {
        const [near, far] = [await context.connect(), await context.connect()]
        const started: number[] = []
        const timed = job.handle(async () => void started.push(context.elapsed))
        await context.work(context.app(near, [timed]), { pollInterval: '20s' })
        await context.advance(300)
        for (const driver of [far, near]) {
          const app = context.app(driver, [job])
          const latencies: number[] = []
          for (let round = 0; round < 3; round++) {
            const before = context.elapsed
            const count = started.length
            await app.enqueue(job, { n: 1 })
            await context.until('it has started', () => started.length > count)
            latencies.push((started.at(-1) ?? 0) - before)
            await context.advance(100)
          }
          // A driver looks now and then by itself, but no more often than that; a busy machine may be slow once.
          assertBetween('the shortest latency', Math.min(...latencies), 0, 2_000)
        }
      },
    },
    {
      name: 'a task that fails is tried as often as it may be, and then dies with its failures [A41, Q13]',
      run: async (context) => {
        const driver = await context.connect()
        const attempts: number[] = []
        const failing = job.handle((_, { attempt }): void => {
          attempts.push(attempt)
          throw new RangeError(`failure ${attempt}`)
        })
        const tasq = context.app(driver, [failing])
        await context.work(tasq)
        await tasq.enqueue(failing, { n: 1 })
        await context.until('it is dead', async () => (await deadCount(driver)) === 1)
        assert.deepEqual(attempts, [1, 2, 3])
        const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
        const [letter] = items
        assert.deepEqual(
          [letter?.reason, letter?.attempts, letter?.failure?.message],
          ['exhausted', 3, 'failure 3'],
        )
        assert.deepEqual(
          letter?.history?.failures?.map(({ message }) => message),
          ['failure 1', 'failure 2', 'failure 3'],
        )
      },
    },
    {
      name: 'a task that can’t be read is buried, and its neighbours run',
      run: async (context) => {
        const driver = await context.connect()
        const broken = await enqueueOne(driver, { task: 'job' })
        await context.store.corrupt(refOf(broken))
        const ran: number[] = []
        const tasq = context.app(driver, [job.handle(async ({ n }) => void ran.push(n))])
        await tasq.enqueueMany('job', [{ n: 1 }, { n: 2 }])
        await context.work(tasq)
        await context.until('the neighbours have run', () => ran.length === 2)
        await context.until('it is buried', async () => (await deadCount(driver)) === 1)
        const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
        assert.deepEqual([items[0]?.id, items[0]?.reason], [broken.envelope.id, 'undecodable'])
      },
    },
    {
      name: 'what a stopping worker hands back runs elsewhere, with no attempt counted',
      run: async (context) => {
        const attempts: number[] = []
        const leaving = job.handle(async (_, { attempt, signal }) => {
          attempts.push(attempt)
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          signal.throwIfAborted()
        })
        const tasq = context.app(await context.connect(), [leaving])
        const worker = await context.work(tasq)
        await tasq.enqueue(leaving, { n: 1 })
        await context.until('it has started', () => attempts.length === 1)
        const report = await context.finish('the stop', worker.stop({ wait: false }))
        assert.equal(report.released, 1)
        const staying = job.handle(async (_, { attempt }) => void attempts.push(attempt))
        await context.work(context.app(await context.connect(), [staying]))
        await context.until('it has run again', () => attempts.length === 2)
        assert.deepEqual(attempts, [1, 1])
      },
    },
    {
      name: 'a worker whose wall clock is wrong runs tasks at their time and keeps its leases',
      needs: ['timed leases', 'backend clock'],
      run: async (context) => {
        for (const clockSkewMs of [-HOUR, HOUR]) {
          const queue = `of ${clockSkewMs}`
          const ran: number[] = []
          const slow = job.handle(async () => {
            ran.push(context.elapsed)
            await sleep(context.store.clock, 6_000)
          })
          const clock = skewedClock(context.store.clock, clockSkewMs)
          const tasq = context.app(await context.connect({ clockSkewMs }), [slow], { clock })
          const ends: string[] = []
          for (const name of ['task:completed', 'task:lost', 'task:recovered'] as const) {
            tasq.events.on(name, () => void ends.push(name))
          }
          await context.work(tasq, { queues: [queue] })
          const before = context.elapsed
          await tasq.enqueue(slow, { n: 1 }, { queue, delay: '300ms', visibilityTimeout: '5s' })
          await context.until('it has ended', () => ends.length > 0)
          assert.deepEqual(ends, ['task:completed'])
          assert.equal(ran.length, 1)
          assertBetween('the start', (ran[0] ?? 0) - before, 290, 300 + context.lateMs)
        }
      },
    },
    {
      name: 'a task that is cancelled elsewhere hears of it soon, and leaves',
      needs: ['cancellation'],
      run: async (context) => {
        const [driver, other] = [await context.connect(), await context.connect()]
        const heard: unknown[] = []
        let isRunning = false
        const patient = job.handle(async (_, { signal }) => {
          isRunning = true
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          heard.push(signal.reason)
        })
        const tasq = context.app(driver, [patient])
        const left: string[] = []
        tasq.events.on('task:completed', ({ id }) => void left.push(id)) // it ended by itself
        await context.work(tasq)
        const handle = await tasq.enqueue('job', { n: 1 })
        await context.until('it has started', () => isRunning)
        await context.advance(50)
        const ref = { queue: 'work', id: handle.id }
        const before = context.elapsed
        assert.deepEqual(await cancellationOf(other).cancel([{ ref, reason: 'enough' }]), ['requested'])
        await context.until('its signal aborts', () => heard.length === 1)
        assertBetween('the time until it hears', context.elapsed - before, 0, 1_500 + context.lateMs)
        const [reason] = heard
        assert.ok(reason instanceof Error && reason.message.includes('enough'), String(reason))
        await context.until('it has left', () => left.length === 1)
        assert.deepEqual(left, [handle.id])
      },
    },
  ],
}
