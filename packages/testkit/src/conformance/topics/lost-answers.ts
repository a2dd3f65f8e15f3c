import assert from 'node:assert/strict'
import { defineTask, typed } from '@tasq/core'
import { sleep } from '@tasq/core/driver'
import type { Faults } from '../../faults.ts'
import { assertNothingReady, deadCount, hold, recoverOne, tryRecover } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertSameMembers } from '../expect.ts'
import { SHORT_LEASE_MS } from '../tasks.ts'

const job = defineTask({
  name: 'job',
  queue: 'work',
  input: typed<{ n: number }>(),
  retry: { maxAttempts: 3, delay: '20ms', strategy: 'fixed', jitter: 0 },
})

const HALF = { every: 2, times: Number.POSITIVE_INFINITY }
const A_THIRD = { every: 3, times: Number.POSITIVE_INFINITY }

type Operation = 'enqueue' | 'reserve' | 'settle' | 'extend'

const loseHalf = (faults: Faults, operation: Operation) => faults.loseAnswer(operation, HALF)

/** The backend does as it was told, but the answer never arrives; or it is away for a while. */
export const lostAnswers: ConformanceTopic = {
  name: 'lost answers',
  needs: ['token fence'],
  cases: [
    harmless('lost answers to enqueue', ['enqueue'], loseHalf),
    harmless('lost answers to reserve', ['reserve'], loseHalf),
    harmless('lost answers to settle', ['settle'], loseHalf),
    harmless('lost answers to extend', ['extend'], loseHalf, { handlerMs: 5_000, count: 10 }),
    harmless('lost answers to all of them', ['enqueue', 'reserve', 'settle'], (faults, operation) =>
      faults.loseAnswer(operation, A_THIRD),
    ),
    harmless('calls that never arrive', ['enqueue', 'reserve', 'settle'], (faults, operation) =>
      faults.fail(operation, A_THIRD),
    ),
    {
      name: 'a backend that was away is used again, and nothing is lost or run twice',
      run: async (context) => {
        const driver = await context.connectFaulty()
        const ran: number[] = []
        const tasq = context.app(driver, [job.handle(async ({ n }) => void ran.push(n))])
        const producer = context.app(await context.connect(), [job])
        await context.work(tasq)
        const enqueue = (from: number) =>
          producer.enqueueMany(
            job,
            [0, 1, 2, 3, 4].map((n) => ({ n: from + n })),
          )
        await enqueue(0)
        await context.until('the first have run', () => ran.length === 5)
        driver.faults.disconnect()
        await enqueue(5)
        const own = tasq.enqueue('job', { n: 10 })
        await context.advance(1_000)
        assert.equal(ran.length, 5, 'nothing runs meanwhile')
        driver.faults.reconnect()
        await context.finish('the enqueue that waited', own)
        await context.until('all have run', () => ran.length >= 11)
        await context.advance(200)
        assertSameMembers(
          ran.map(String),
          Array.from({ length: 11 }, (_, n) => String(n)),
        )
      },
    },
    {
      name: 'a recovery whose answer was lost is made up for by a later one',
      needs: ['recovery'],
      run: async (context) => {
        const driver = await context.connectFaulty()
        const held = await hold(context, await context.connect(), { leaseMs: SHORT_LEASE_MS })
        await context.advance(SHORT_LEASE_MS + 50)
        driver.faults.loseAnswer('recovery.recover')
        await assert.rejects(tryRecover(driver, 10, SHORT_LEASE_MS))
        const lost = await recoverOne(context, driver)
        assert.equal(lost.lease.id, held.lease.id)
        assert.equal(lost.attempt, 1)
      },
    },
  ],
}

/** Whatever goes wrong: every task runs once, at its first attempt, and is settled once. */
function harmless(
  what: string,
  operations: readonly Operation[],
  set: (faults: Faults, operation: Operation) => void,
  { handlerMs = 5, count = 20 } = {},
): ConformanceCase {
  // Only what is to be renewed has a short lease: a busy machine must not let it end.
  const visibilityTimeout = handlerMs > 1_000 ? '6s' : '20s'
  return {
    name: `${what} do no harm: each task runs once, at its first attempt, and is settled once`,
    run: async (context: CaseContext) => {
      const driver = await context.connectFaulty()
      const ran: string[] = []
      const slow = job.handle(async ({ n }, { attempt }) => {
        ran.push(`${n} at ${attempt}`)
        await sleep(context.store.clock, handlerMs)
      })
      const tasq = context.app(driver, [slow])
      const ends: string[] = []
      for (const name of ['task:completed', 'task:lost', 'task:unconfirmed', 'task:retrying'] as const) {
        tasq.events.on(name, ({ id }) => void ends.push(`${name} ${id}`))
      }
      for (const operation of operations) set(driver.faults, operation)
      await context.work(tasq, { concurrency: 5 })
      const expected: string[] = []
      for (let n = 0; n < count; n++) {
        const handle = await context.finish('an enqueue', tasq.enqueue('job', { n }, { visibilityTimeout }))
        expected.push(`task:completed ${handle.id}`)
      }
      await context.until('all are settled', () => ends.length >= count, 30_000)
      await context.advance(100)
      assertSameMembers(ends, expected)
      assertSameMembers(
        ran,
        expected.map((_, n) => `${n} at 1`),
      )
      for (const operation of operations) {
        assert.ok(driver.faults.met(operation) > 0, `${operation} has met its fault`)
      }
      const healthy = await context.connect()
      await assertNothingReady(healthy)
      assert.equal(await deadCount(healthy), 0)
    },
  }
}
