import assert from 'node:assert/strict'
import { PermanentError } from '@tasq/core'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import type { CaseContext } from '../context.ts'
import { assertSameMembers } from '../expect.ts'
import type { Step } from '../mixed-process.ts'
import { healthyWorker, isDrained, job, LEASE_MS } from '../mixed-worker.ts'
import { QUEUE } from '../tasks.ts'

const ENQUEUING: readonly Step[] = [
  { part: 'store', operation: 'enqueue' },
  { part: 'broker', operation: 'enqueue' },
]
const WORKING: readonly Step[] = [
  { part: 'broker', operation: 'reserve' },
  { part: 'store', operation: 'ledger.admit' },
  { part: 'store', operation: 'settle' },
  { part: 'broker', operation: 'settle' },
]
const RELAYING: readonly Step[] = [
  { part: 'store', operation: 'enqueue' },
  { part: 'store', operation: 'reserve' },
  { part: 'broker', operation: 'enqueue' },
  { part: 'store', operation: 'settle' },
]

/** A broker and a store: whoever dies between two steps loses nothing, and nothing is accepted twice. */
export const mixing: ConformanceTopic = {
  name: 'a broker and a store',
  needs: ['relay'],
  cases: [
    ...WORKING.map(whoeverWorks),
    ...ENQUEUING.map(whoeverEnqueues),
    ...RELAYING.map(whoeverRelays),
    {
      name: 'a task of a transaction runs once it is committed, although its process has died meanwhile',
      needs: ['transactions'],
      run: async (context) => {
        const transaction = await beginTransaction(context)
        const victim = await context.connectMixed()
        const { transactions } = victim.driver
        const app = context.app(victim.driver, [job])
        assert.ok(transactions?.accepts(transaction.client))
        const { id } = await app.enqueue('job', { n: 1 }, { tx: transaction.client as never })
        for (const line of victim.lines) line.faults.disconnect({ silently: true })
        const { completed, ran } = await healthyWorker(context)
        await context.advance(300)
        assert.deepEqual(ran, [], 'nothing runs before the commit')
        await transaction.commit()
        await context.until('it is done', () => completed.length === 1)
        await isDrained(context)
        assert.deepEqual([completed, ran], [[id], [1]])
      },
    },
    {
      name: 'a task of a transaction that is rolled back never runs',
      needs: ['transactions'],
      run: async (context) => {
        const transaction = await beginTransaction(context)
        const { driver } = await context.connectMixed()
        const tasq = context.app(driver, [job])
        await tasq.enqueue('job', { n: 1 }, { tx: transaction.client as never })
        await transaction.rollback()
        const { completed, ran } = await healthyWorker(context)
        const { id } = await tasq.enqueue('job', { n: 2 }, { unique: { key: 'after it' } })
        await context.until('the next one is done', () => completed.length === 1)
        await isDrained(context)
        assert.deepEqual([completed, ran], [[id], [2]])
      },
    },
    {
      name: 'a handler that fails after its worker lost both is tried again, and completes once',
      run: async (context) => {
        const victim = await context.connectMixed()
        const { completed, tasq } = await healthyWorker(context)
        await tasq.enqueue('job', { n: 1 })
        await context.until('it is done', () => completed.length === 1)
        victim.broker.faults.disconnect()
        victim.store.faults.disconnect()
        victim.broker.faults.reconnect()
        victim.store.faults.reconnect()
        const app = context.app(victim.driver, [job])
        const handle = await app.enqueue('job', { n: 2 })
        await context.until('both are done', () => completed.length === 2)
        assert.equal(completed[1], handle.id)
      },
    },
    {
      name: 'a message that comes twice runs once',
      run: async (context) => {
        const producer = await context.connectMixed()
        producer.broker.faults.loseAnswer('enqueue', { times: 2 })
        const app = context.app(producer.driver, [job])
        const sent = app.enqueueMany('job', [{ n: 1 }, { n: 2 }, { n: 3 }])
        const handles = await context.finish('the enqueue', sent)
        assert.ok(producer.broker.faults.met('enqueue') > 0, 'messages were sent more than once')
        const { completed, ran } = await healthyWorker(context)
        await context.until('all are done', () => completed.length === 3)
        await isDrained(context)
        assertSameMembers(
          completed,
          handles.map(({ id }) => id),
        )
        assert.equal(ran.length, 3)
      },
    },
    {
      name: 'a message that comes twice, of a task that dies, goes back as one task',
      run: async (context) => {
        const { driver, broker } = await context.connectMixed()
        broker.faults.loseAnswer('enqueue', { times: 2 })
        let isMended = false
        const ran: number[] = []
        const handler = job.handle(({ n }) => {
          ran.push(n)
          if (!isMended) throw new PermanentError('not yet')
        })
        const tasq = context.app(driver, [handler])
        const ends: string[] = []
        for (const name of ['task:dead', 'task:completed'] as const)
          tasq.events.on(name, () => void ends.push(name))
        await context.finish('the enqueue', tasq.enqueue('job', { n: 1 }))
        await context.work(tasq)
        await context.until('it is dead', () => ends.length === 1)
        await context.advance(LEASE_MS + 500) // whatever else there is of it has come by then
        isMended = true
        await context.finish('the redrive', tasq.queue(QUEUE).deadLetters.retry())
        await context.until('it is done', () => ends.length === 2)
        await isDrained(context)
        assert.deepEqual(ends, ['task:dead', 'task:completed'])
        assert.deepEqual(ran, [1, 1])
      },
    },
    {
      name: 'a store that is away for a while stops the work, and loses none of it',
      run: async (context) => {
        const process = await context.connectMixed()
        const { completed, tasq } = await healthyWorker(context, process.driver)
        process.store.faults.disconnect()
        const stored = tasq.enqueueMany('job', [{ n: 1 }, { n: 2 }])
        await context.advance(300)
        assert.equal(completed.length, 0)
        process.store.faults.reconnect()
        await context.finish('the enqueue', stored)
        await context.until('both are done', () => completed.length === 2)
        await isDrained(context)
      },
    },
    {
      name: 'a broker that is away for a while stops the work, and loses none of it',
      run: async (context) => {
        const process = await context.connectMixed()
        const { completed, tasq } = await healthyWorker(context, process.driver)
        process.broker.faults.disconnect()
        const unique = await tasq.enqueue('job', { n: 2 }, { unique: { key: 'k' } })
        const stored = tasq.enqueue('job', { n: 1 })
        assert.equal(unique.status, 'created', 'what goes by the outbox needs the store alone')
        await context.advance(300)
        assert.equal(completed.length, 0)
        process.broker.faults.reconnect()
        await context.finish('the enqueue', stored)
        await context.until('both are done', () => completed.length === 2)
        await isDrained(context)
      },
    },
    {
      name: 'a task that was cancelled while it waited is never run',
      run: async (context) => {
        const producer = await context.connectMixed()
        const app = context.app(producer.driver, [job])
        const handles = await app.enqueueMany('job', [{ n: 1 }, { n: 2 }, { n: 3 }])
        const second = handles[1] ?? assert.fail()
        const [answer] = (await producer.driver.cancellation?.cancel([{ ref: second }])) ?? []
        assert.equal(answer, 'cancelled')
        const { completed, ran } = await healthyWorker(context)
        await context.until('the others are done', () => completed.length === 2)
        await isDrained(context)
        assert.deepEqual([...ran].sort(), [1, 3])
      },
    },
  ],
}

/** A worker dies right after one of its steps, with five tasks; another one finishes them. */
function whoeverWorks(step: Step): ConformanceCase {
  return {
    name: `a worker that dies after ${step.part}.${step.operation} loses nothing, and nothing completes twice`,
    run: async (context) => {
      const victim = await context.connectMixed()
      const done: string[] = []
      const app = context.app(victim.driver, [job.handle(() => {})])
      app.events.on('task:completed', ({ id }) => void done.push(id))
      const handles = await app.enqueueMany(
        'job',
        [1, 2, 3, 4, 5].map((n) => ({ n })),
      )
      victim.dieAfter(step)
      await context.work(app)
      await context.until('it has died', () => victim.isDead)
      const { completed } = await healthyWorker(context)
      await context.until('all are known to be done', async () => {
        const { results } = await completedOf(context, handles)
        return results.every((state) => state === 'completed')
      })
      await isDrained(context)
      const all = [...done, ...completed]
      assert.equal(new Set(all).size, all.length, 'none was accepted twice')
    },
  }
}

/** A producer dies right after one of its steps: its task, which was never acknowledged, is there or not, but not twice. */
function whoeverEnqueues(step: Step): ConformanceCase {
  return {
    name: `a producer that dies after ${step.part}.${step.operation} leaves its task once or not at all`,
    run: async (context) => {
      const victim = await context.connectMixed()
      victim.dieAfter(step)
      const app = context.app(victim.driver, [job])
      app.enqueue('job', { n: 1 }).catch(() => undefined)
      await context.until('it has died', () => victim.isDead)
      const { completed, tasq } = await healthyWorker(context)
      const { id } = await tasq.enqueue('job', { n: 2 })
      await context.until('the next task is done', () => completed.includes(id))
      await isDrained(context)
      const expected = step.part === 'broker' ? 2 : 1
      assert.equal(completed.length, expected)
    },
  }
}

/** What stands in the outbox is published, whoever dies on the way. */
function whoeverRelays(step: Step): ConformanceCase {
  return {
    name: `a task from the outbox runs once although its process dies after ${step.part}.${step.operation}`,
    run: async (context) => {
      const victim = await context.connectMixed()
      victim.dieAfter(step)
      const app = context.app(victim.driver, [job])
      const enqueued = app.enqueue('job', { n: 1 }, { unique: { key: 'k' } })
      enqueued.catch(() => undefined)
      await context.until('it has died', () => victim.isDead)
      const { completed, ran, tasq } = await healthyWorker(context)
      await context.until('it is done', () => completed.length === 1)
      await isDrained(context)
      assert.deepEqual(ran, [1])
      assert.equal((await tasq.enqueue('job', { n: 2 }, { unique: { key: 'k' } })).status, 'created')
    },
  }
}

/** Once the tables are there. */
async function beginTransaction(context: CaseContext) {
  await context.connect()
  return (await context.store.beginTransaction?.()) ?? assert.fail('the harness gives no transaction')
}

async function completedOf(
  context: CaseContext,
  refs: readonly { readonly queue: string; readonly id: string }[],
) {
  const driver = await context.connect()
  const readings = (await driver.results?.read(refs)) ?? []
  await driver.close()
  return { results: readings.map(({ state }) => state) }
}
