import assert from 'node:assert/strict'
import { defineTask } from '@tasq/core'
import { sleep } from '@tasq/core/driver'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertBetween } from '../expect.ts'

export const controlling: ConformanceTopic = {
  name: 'control from elsewhere',
  needs: ['coordination'],
  cases: [
    {
      name: 'a queue that another process pauses is left alone until it is resumed [Q4]',
      run: async (context) => {
        const { asks, works, started } = await processes(context)
        await context.work(works, { queues: ['work', 'other'] })
        await asks.queue('work').pause()
        await heard(context)
        await asks.enqueue('note', 1, { queue: 'work' })
        await asks.enqueue('note', 2, { queue: 'other' })
        await context.until('the task of the other queue', () => started.length > 0)
        await context.advance(700)
        assert.deepEqual(started, [2])
        await asks.queue('work').resume()
        await context.until('the task of the queue', () => started.length > 1)
        assert.deepEqual(started, [2, 1])
      },
    },
    {
      name: 'a running task that another process cancels is told soon',
      needs: ['cancellation'],
      run: async (context) => {
        const { asks, works, started, clock } = await processes(context)
        const ended = Promise.withResolvers<unknown>()
        works.events.on('task:cancelled', ended.resolve)
        await context.work(works)
        const handle = await asks.enqueue('wait', 1, { queue: 'work' })
        await context.until('its start', () => started.length > 0)
        const askedAt = clock.monotonic()
        const cancel: unknown = Reflect.get(handle, 'cancel')
        assert.ok(typeof cancel === 'function')
        await Reflect.apply(cancel, handle, ['no longer wanted'])
        await context.finish('the cancelled task', ended.promise)
        assertBetween('the time to its end', clock.monotonic() - askedAt, 0, 4_000 + context.lateMs)
      },
    },
    {
      name: 'the concurrency of a queue holds over all processes [Q2]',
      run: async (context) => {
        const { asks, works, others, most } = await processes(context)
        await asks.queue('work').limit({ concurrency: 2 })
        for (const tasq of [works, others]) await context.work(tasq, { queues: ['work'], concurrency: 5 })
        const done = counting(works, others)
        await asks.enqueueMany('pause', [40, 40, 40, 40, 40, 40], { queue: 'work' })
        await context.until('all tasks', () => done() === 6)
        assert.equal(most(), 2)
      },
    },
    {
      name: 'a rate that workers share holds over all processes',
      run: async (context) => {
        const { asks, works, others, clock } = await processes(context)
        await asks.queue('work').limit({ rateLimit: { tasks: 10, per: '1s', burst: 2 } })
        for (const tasq of [works, others]) await context.work(tasq, { queues: ['work'] })
        const done = counting(works, others)
        const start = clock.monotonic()
        await asks.enqueueMany('note', [1, 2, 3, 4, 5, 6, 7, 8], { queue: 'work' })
        await context.until('all tasks', () => done() === 8)
        assertBetween('the time for 8 tasks', clock.monotonic() - start, 550, 60_000)
      },
    },
    {
      name: 'workers are listed, and told by their ids [U33]',
      run: async (context) => {
        const { asks, works, others } = await processes(context)
        const heartbeat = { heartbeatInterval: 200, heartbeatTtl: 60_000 }
        const told = await context.work(works, { ...heartbeat, workerId: 'told' })
        await context.work(others, { ...heartbeat, workerId: 'other' })
        await context.until('both workers', async () => (await asks.workers.list()).length === 2)
        await asks.workers.pause('told')
        await context.until('the pause', () => told.state === 'paused')
        const stateOfTold = async () => (await asks.workers.get('told'))?.state
        await context.until('its heartbeat', async () => (await stateOfTold()) === 'paused')
        await asks.workers.stop('told')
        await context.until('its end', () => told.state === 'stopped')
        const names = async () => (await asks.workers.list()).map(({ workerId }) => workerId)
        assert.deepEqual(await names(), ['other'])
      },
    },
    {
      name: 'one worker leads, and another one once it has stopped [U33]',
      run: async (context) => {
        const { asks, works, others } = await processes(context)
        const heartbeat = { heartbeatInterval: 100, heartbeatTtl: 60_000 }
        const workers = [
          await context.work(works, { ...heartbeat, workerId: 'one' }),
          await context.work(others, { ...heartbeat, workerId: 'two' }),
        ]
        const leaders = async () => {
          const all = await asks.workers.list()
          return all.filter(({ isLeader }) => isLeader).map(({ workerId }) => workerId)
        }
        await context.until('a leader', async () => (await leaders()).length === 1)
        const [first] = await leaders()
        await workers.find(({ id }) => id === first)?.stop()
        await context.until('another leader', async () => {
          const [next] = await leaders()
          return next !== undefined && next !== first
        })
      },
    },
  ],
}

/** Time enough to hear of a change: at once where there are events, within a second elsewhere; and for a busy machine. */
async function heard(context: CaseContext): Promise<void> {
  const machineMs = context.harness.time === 'real' ? 3_000 : 0
  await context.advance((context.has('events') ? 500 : 1_300) + machineMs)
}

/** A process that asks, and two that work. */
async function processes(context: CaseContext) {
  const { clock } = context.store
  const started: number[] = []
  let running = 0
  let most = 0
  const note = defineTask({ name: 'note', run: (input: number) => void started.push(input) })
  const pause = defineTask({
    name: 'pause',
    run: async (ms: number) => {
      most = Math.max(most, ++running)
      await sleep(clock, ms)
      running--
    },
  })
  const wait = defineTask({
    name: 'wait',
    run: async (input: number, { signal }) => {
      started.push(input)
      await sleep(clock, 3_600_000, signal)
      signal.throwIfAborted()
    },
  })
  const [asks, works, others] = (await context.connectMany(3)).map((driver) =>
    context.app(driver, [note, pause, wait], { defaults: { queue: 'work' } }),
  )
  if (asks === undefined || works === undefined || others === undefined) return assert.fail()
  return { asks, works, others, clock, started, most: () => most }
}

function counting(...apps: readonly Awaited<ReturnType<typeof processes>>['works'][]): () => number {
  let done = 0
  for (const { events } of apps) events.on('task:completed', () => void done++)
  return () => done
}
