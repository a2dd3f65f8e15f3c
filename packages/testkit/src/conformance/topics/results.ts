import assert from 'node:assert/strict'
import { randomBytes, randomUUID } from 'node:crypto'
import type { Driver, Lease, ResultReading, Settlement, TaskRef } from '@tasq/core/driver'
import { claimOne, enqueueOne, hold } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { assertBetween, assertSame, assertSameBytes } from '../expect.ts'
import { bury, cancel, complete, failure, type Held, release, retry, settle } from '../settlements.ts'
import { bytesOf, QUEUE, refOf } from '../tasks.ts'

const KEEP_MS = 60_000

export const results: ConformanceTopic = {
  name: 'results',
  needs: ['results'],
  cases: [
    {
      name: 'a completed task has its result, byte for byte',
      run: async (context) => {
        const driver = await context.connect()
        const contents = [new Uint8Array(), bytesOf('\u0000'), new Uint8Array(randomBytes(100_000))]
        for (const bytes of contents) {
          const held = await hold(context, driver)
          await settle(driver, complete(held, { keepMs: KEEP_MS, result: { bytes, encoding: 'x-odd' } }))
          const reading = await readOne(driver, held.lease)
          if (reading.state !== 'completed') return assert.fail(`it is ${reading.state}`)
          assertSameBytes(reading.result?.bytes, bytes)
          assert.equal(reading.result?.encoding, 'x-odd')
          assertBetween('the time of finishing', reading.finishedAt - held.now, 0, 20_000)
        }
      },
    },
    {
      name: 'a task may complete without a result',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, complete(held, { keepMs: KEEP_MS }))
        const reading = await readOne(driver, held.lease)
        assert.equal(reading.state, 'completed')
        assert.equal(reading.state === 'completed' ? reading.result : 'none', undefined)
      },
    },
    {
      name: 'an outcome that is not to be kept is not kept',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, complete(held))
        assert.deepEqual(await readOne(driver, held.lease), { state: 'unknown' })
      },
    },
    {
      name: 'an outcome is kept for its time, and then unknown',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const short = await hold(context, driver)
        await settle(driver, complete(short, { keepMs: 6_000 }))
        const long = await hold(context, driver)
        await settle(driver, complete(long, { keepMs: KEEP_MS }))
        assert.equal((await readOne(driver, short.lease)).state, 'completed')
        await context.until('the outcome is forgotten', async () => {
          return (await readOne(driver, short.lease)).state === 'unknown'
        })
        assert.equal((await readOne(driver, long.lease)).state, 'completed')
      },
    },
    {
      name: 'a task is pending until it is finished, whatever happens to it',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { delayMs: 100 })
        const isPending = async () =>
          assert.deepEqual(await readOne(driver, refOf(task)), { state: 'pending' })
        await isPending()
        const first = await claimOne(context, driver)
        await isPending()
        await settle(driver, retry(first, { delayMs: 100 }))
        await isPending()
        await settle(driver, release(await claimOne(context, driver)))
        await isPending()
      },
    },
    {
      name: 'a cancelled task says why',
      run: async (context) => {
        const driver = await context.connect()
        for (const reason of ['no longer "wanted"', undefined]) {
          const held = await hold(context, driver)
          await settle(driver, cancel(held, { keepMs: KEEP_MS, reason }))
          const { finishedAt, ...reading } = await readFinished(driver, held.lease)
          assertSame(reading, { state: 'cancelled', reason })
          assertBetween('the time of finishing', finishedAt - held.now, 0, 20_000)
        }
      },
    },
    {
      name: 'a dead task says why, and is pending again when it is sent back',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, bury(held, { reason: 'permanent', failure: failure() }))
        const { finishedAt, ...reading } = await readFinished(driver, held.lease)
        assertSame(reading, { state: 'dead', reason: 'permanent', failure: failure() })
        assertBetween('the time of finishing', finishedAt - held.now, 0, 20_000)
        await driver.deadLetters.retry({ queue: QUEUE }, 1)
        assert.deepEqual(await readOne(driver, held.lease), { state: 'pending' })
      },
    },
    {
      name: 'a dead task that was purged is unknown',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, bury(held))
        await driver.deadLetters.purge({ queue: QUEUE }, 1)
        assert.deepEqual(await readOne(driver, held.lease), { state: 'unknown' })
      },
    },
    {
      name: 'many are read in one call, in order',
      run: async (context) => {
        const driver = await context.connect()
        const done = await hold(context, driver)
        await settle(driver, complete(done, { keepMs: KEEP_MS }))
        const waiting = refOf(await enqueueOne(driver, { queue: 'waiting' }))
        const unknown = { queue: QUEUE, id: randomUUID() }
        const readings = await facet(driver, 'results').read([unknown, done.lease, waiting, done.lease])
        assert.deepEqual(
          readings.map(({ state }) => state),
          ['unknown', 'completed', 'pending', 'completed'],
        )
        assert.deepEqual(await facet(driver, 'results').read([]), [])
      },
    },
    {
      name: 'in another queue there is no such task',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const done = await hold(context, driver)
        await settle(driver, complete(done, { keepMs: KEEP_MS }))
        const elsewhere = { queue: 'elsewhere', id: done.lease.id }
        assert.deepEqual(await readOne(driver, elsewhere), { state: 'unknown' })
      },
    },
    {
      name: 'a repeated settlement does not change the outcome',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        const result = { bytes: bytesOf('first'), encoding: 'json' }
        await settle(driver, complete(held, { keepMs: KEEP_MS, result }))
        await settle(
          driver,
          complete(held, { keepMs: KEEP_MS, result: { ...result, bytes: bytesOf('second') } }),
        )
        await settle(driver, cancel(held, { keepMs: KEEP_MS }))
        const reading = await readOne(driver, held.lease)
        assert.equal(reading.state, 'completed')
        if (reading.state === 'completed') assertSameBytes(reading.result?.bytes, result.bytes)
      },
    },
    isHintedAt('completes', (held) => complete(held, { keepMs: KEEP_MS })),
    isHintedAt('is cancelled', (held) => cancel(held, { keepMs: KEEP_MS })),
    isHintedAt('dies', (held) => bury(held)),
    {
      name: 'whoever stops watching hears no more, and the others go on',
      run: async (context) => {
        const driver = await context.connect()
        let stopped = 0
        const unwatch = await facet(driver, 'results').watch(() => void stopped++)
        const other = await watching(driver)
        await unwatch()
        const before = stopped
        const held = await hold(context, driver)
        await settle(driver, complete(held, { keepMs: KEEP_MS }))
        await context.until('the hint', () => other.hears(held.lease))
        assert.equal(stopped, before)
        await other.stop()
      },
    },
  ],
}

async function readOne(driver: Driver, { queue, id }: TaskRef): Promise<ResultReading> {
  const [reading] = await facet(driver, 'results').read([{ queue, id }])
  return reading ?? assert.fail('read gives a reading for each ref')
}

async function readFinished(driver: Driver, ref: TaskRef) {
  const reading = await readOne(driver, ref)
  if (reading.state === 'pending' || reading.state === 'unknown') return assert.fail(`it is ${reading.state}`)
  return reading
}

async function watching(driver: Driver) {
  let heard: (readonly TaskRef[] | undefined)[] = []
  const stop = await facet(driver, 'results').watch((refs) => void heard.push(refs))
  return {
    /** Hints that name no task are about every task. */
    hears: ({ id }: Lease) => heard.some((refs) => refs === undefined || refs.some((ref) => ref.id === id)),
    forget: () => {
      heard = []
    },
    stop,
  }
}

function isHintedAt(what: string, settlementOf: (held: Held) => Settlement): ConformanceCase {
  return {
    name: `a task that ${what} in another process is hinted at`,
    run: async (context: CaseContext) => {
      const [watcher, worker] = await Promise.all([context.connect(), context.connect()])
      const held = await hold(context, worker)
      const { hears, forget, stop } = await watching(watcher)
      await context.advance(50)
      forget()
      await settle(worker, settlementOf(held))
      await context.until('the hint', () => hears(held.lease), 10_000)
      await stop()
    },
  }
}
