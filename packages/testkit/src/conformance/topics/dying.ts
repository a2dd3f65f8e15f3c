import assert from 'node:assert/strict'
import { defineTask, typed } from '@tasq/core'
import { sleep } from '@tasq/core/driver'
import { assertNothingReady, claim, deadCount } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertBetween, assertSameMembers } from '../expect.ts'

const job = defineTask({
  name: 'job',
  queue: 'work',
  input: typed<{ n: number }>(),
  retry: { maxAttempts: 3, delay: '20ms', strategy: 'fixed', jitter: 0 },
  visibilityTimeout: '2s',
})

const POISON = -1

/** Workers that die: their process stands still at once, as after SIGSTOP, and no call of theirs is answered any more. */
export const dying: ConformanceTopic = {
  name: 'dying workers',
  needs: ['recovery', 'token fence'],
  cases: [
    {
      name: 'a crash is an attempt, and the last one sends the task to the dead letters as lost',
      run: async (context) => {
        const driver = await context.connect()
        const attempts: number[] = []
        await context.app(driver, [job]).enqueue(job, { n: POISON })
        for (const expected of [1, 2, 3]) {
          await startVictim(context, (_, attempt) => void attempts.push(attempt))
          await context.until(`attempt ${expected}`, () => attempts.length === expected)
        }
        await startVictim(context, () => {})
        await context.until('it is dead', async () => (await deadCount(driver)) === 1)
        assert.deepEqual(attempts, [1, 2, 3])
        const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
        const [letter] = items
        assert.deepEqual([letter?.reason, letter?.attempts, letter?.history?.losses], ['lost', 3, 3])
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a task whose worker died runs to its end on the next one [A42]',
      run: async (context) => {
        const driver = await context.connect()
        const ran: string[] = []
        const producer = context.app(driver, [job])
        await producer.enqueue(job, { n: POISON })
        await startVictim(context, (n) => void ran.push(`victim ${n}`))
        await context.until('the victim has died', () => ran.length === 1)
        await producer.enqueue(job, { n: 1 })
        const heir = job.handle(async ({ n }, { attempt }) => void ran.push(`heir ${n}, attempt ${attempt}`))
        await context.work(context.app(await context.connect(), [heir]))
        await context.until('the heir has run both', () => ran.length === 3)
        assertSameMembers(ran, [`victim ${POISON}`, 'heir 1, attempt 1', `heir ${POISON}, attempt 2`])
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'the neighbours of a poison task are lost with it once, and then no more',
      run: async (context) => {
        const driver = await context.connect()
        const neighbours = [1, 2, 3, 4, 5, 6, 7, 8, 9]
        const producer = context.app(driver, [job])
        await producer.enqueueMany(
          job,
          [POISON, ...neighbours].map((n) => ({ n })),
        )
        // A worker that has prefetched all of them dies of the first.
        await claim(context, await context.connect(), 10)
        const ran: string[] = []
        for (const death of [2, 3]) {
          const note = (n: number, attempt: number) => void ran.push(`${n} at ${attempt}`)
          await startVictim(context, note, { warm: true })
          await context.until(`death ${death}`, () => ran.includes(`${POISON} at ${death}`))
        }
        await startVictim(context, (n, attempt) => void ran.push(`${n} at ${attempt}`))
        await context.until('the poison is dead', async () => (await deadCount(driver)) === 1)
        const expected = [`${POISON} at 2`, `${POISON} at 3`, ...neighbours.map((n) => `${n} at 2`)]
        await context.until('all have run', () => ran.length >= expected.length)
        assertSameMembers(ran, expected)
        const { items } = await driver.deadLetters.peek({ queue: 'work', limit: 1 })
        assert.equal(items[0]?.reason, 'lost')
      },
    },
    {
      name: 'a worker that can’t reach its backend fences itself when its lease is over',
      run: async (context) => {
        for (const silently of [false, true]) {
          const queue = silently ? 'silent' : 'refusing'
          const driver = await context.connectFaulty()
          const aborted: unknown[] = []
          let started = false
          const holding = job.handle(async (_, { signal }) => {
            started = true
            await new Promise((resolve) => signal.addEventListener('abort', resolve))
            aborted.push(signal.reason)
          })
          const tasq = context.app(driver, [holding])
          await context.work(tasq, { queues: [queue] })
          await tasq.enqueue(holding, { n: 1 }, { queue, visibilityTimeout: '6s' })
          await context.until('it has started', () => started)
          await context.advance(2_500)
          assert.deepEqual(aborted, [], 'while it can renew, it goes on')
          const cutAt = context.elapsed
          driver.faults.disconnect({ silently })
          await context.until('its signal aborts', () => aborted.length === 1)
          assertBetween(
            'the time until it fences itself',
            context.elapsed - cutAt,
            1_000,
            6_000 + context.lateMs,
          )
          assert.match(String(aborted[0]), /lease/i)
        }
      },
    },
    {
      name: 'a worker that comes back too late changes nothing',
      run: async (context) => {
        const zombie = await context.connectFaulty()
        const healthy = await context.connect()
        const done: string[] = []
        const gate = Promise.withResolvers<void>()
        const slow = job.handle(async () => {
          zombie.faults.disconnect({ silently: true })
          await gate.promise
        })
        const zombieApp = context.app(zombie, [slow])
        zombieApp.events.on('task:completed', () => void done.push('zombie'))
        await context.work(zombieApp)
        const quick = context.app(healthy, [job.handle(async () => {})])
        quick.events.on('task:completed', () => void done.push('heir'))
        await quick.enqueue('job', { n: 1 })
        await context.until(
          'it is held',
          () => zombie.faults.calls('reserve') > 0 && zombie.faults.line.aborted,
        )
        await context.work(quick)
        await context.until('the heir is done', () => done.length === 1)
        zombie.faults.reconnect()
        gate.resolve()
        await context.advance(1_500)
        assert.deepEqual(done, ['heir'])
        assert.equal(await deadCount(healthy), 0)
        await assertNothingReady(healthy)
      },
    },
  ],
}

/**
 * A worker that dies of the poison task a moment after it has started it. A warm one has been so busy before that
 * it prefetches all that it can.
 */
async function startVictim(
  context: CaseContext,
  onRun: (n: number, attempt: number) => void,
  { warm = false } = {},
): Promise<void> {
  const driver = await context.connectFaulty()
  let warmedUp = 0
  const fatal = job.handle(async ({ n }, { attempt }) => {
    if (n > 1_000) return void warmedUp++
    onRun(n, attempt)
    if (n !== POISON) return
    await sleep(context.store.clock, 100)
    driver.faults.disconnect({ silently: true })
    await new Promise(() => {}) // nothing happens any more in a process that stands still
  })
  const tasq = context.app(driver, [fatal])
  const numbers = Array.from({ length: warm ? 200 : 0 }, (_, index) => ({ n: 1_001 + index }))
  await context.finish('the warm-up', tasq.enqueueMany('job', numbers, { priority: 'critical' }))
  await context.work(tasq, { concurrency: 1, pollInterval: '10s' })
  await context.until('it is warm', () => warmedUp >= numbers.length)
}
