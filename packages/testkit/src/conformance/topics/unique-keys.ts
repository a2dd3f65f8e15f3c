import assert from 'node:assert/strict'
import type { Driver, NewTask } from '@tasq/core/driver'
import { assertNothingReady, callId, claimOne, enqueue, enqueueOne, tryEnqueue } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { type CaseContext, cancellationOf, facet } from '../context.ts'
import { bury, cancel, complete, release, retry, settle } from '../settlements.ts'
import { newTask, QUEUE, refOf } from '../tasks.ts'

const KEY = 'user:1'

export const uniqueKeys: ConformanceTopic = {
  name: 'unique keys',
  needs: ['token fence'],
  cases: [
    {
      name: 'a second task with the key is not stored, and the first is named',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const holder = await enqueueOne(driver, { unique: { key: KEY } })
        await assertTaken(other, holder)
        await claimThis(context, driver, holder)
        await assertTaken(driver, holder)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'one call can’t store two with the same key',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = [1, 2, 3].map(() => newTask({ unique: { key: KEY } }))
        const of = tasks[0]?.envelope.id
        assert.deepEqual(await driver.enqueue({ callId: callId(), tasks }), [
          { status: 'created' },
          { status: 'duplicate', of },
          { status: 'duplicate', of },
        ])
        assert.equal((await claimOne(context, driver)).lease.id, of)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'of many processes that race for a key exactly one gets it, and all hear who',
      run: async (context) => {
        const drivers = await context.connectMany(8)
        for (let round = 0; round < 5; round++) {
          const queue = `round ${round}`
          const tasks = drivers.map(() => newTask({ queue, unique: { key: KEY } }))
          const answers = await Promise.all(
            drivers.map((driver, index) => tryEnqueue(driver, tasks[index] ?? assert.fail())),
          )
          const winner = tasks[answers.findIndex(({ status }) => status === 'created')]
          assert.ok(winner, 'one is created')
          const of = winner.envelope.id
          const expected = tasks.map((task) =>
            task === winner ? { status: 'created' } : { status: 'duplicate', of },
          )
          assert.deepEqual(answers, expected)
        }
      },
    },
    {
      name: 'the same key in another queue is another key',
      run: async (context) => {
        const driver = await context.connect()
        const pairs = [
          ['a', 'k'],
          ['b', 'k'],
          ['a', 'K'],
          ['a', 'b k'],
          ['a b', 'k'],
          ['a:b', 'c'],
          ['a', 'b:c'],
          ['%', 'k'],
          ['a', '%'],
          ['a', '漢字 🐢 "quoted" it\'s'],
          ['a', 'x'.repeat(500)],
        ] as const
        const tasks = pairs.map(([queue, key]) => newTask({ queue, unique: { key } }))
        for (const task of tasks) assert.deepEqual(await tryEnqueue(driver, task), { status: 'created' })
        for (const task of tasks) await assertTaken(driver, task)
      },
    },
    isFreedBy('completing', async (context, driver, task) => {
      await settle(driver, complete(await claimThis(context, driver, task)))
    }),
    isFreedBy('cancelling while it runs', async (context, driver, task) => {
      await settle(driver, cancel(await claimThis(context, driver, task)))
    }),
    isFreedBy('burying', async (context, driver, task) => {
      await settle(driver, bury(await claimThis(context, driver, task)))
    }),
    {
      ...isFreedBy('cancelling while it waits', async (_, driver, task) => {
        await cancellationOf(driver).cancel([{ ref: refOf(task) }])
      }),
      needs: ['cancellation'],
    },
    {
      ...isFreedBy('removing', async (_, driver, task) => {
        await facet(driver, 'inspection').remove(refOf(task))
      }),
      needs: ['inspection'],
    },
    {
      ...isFreedBy('purging', async (_, driver) => {
        await facet(driver, 'inspection').purge(QUEUE, ['ready'], 10)
      }),
      needs: ['inspection'],
    },
    {
      name: 'retry and release keep the key',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { unique: { key: KEY } })
        await settle(driver, retry(await claimThis(context, driver, task)))
        await assertTaken(driver, task)
        await settle(driver, release(await claimThis(context, driver, task)))
        await assertTaken(driver, task)
      },
    },
    {
      name: 'a repeated settlement does not free the key of the next task',
      run: async (context) => {
        const driver = await context.connect()
        const first = await enqueueOne(driver, { unique: { key: KEY } })
        const done = complete(await claimThis(context, driver, first))
        await settle(driver, done)
        const second = await enqueueOne(driver, { unique: { key: KEY } })
        await settle(driver, done)
        await assertTaken(driver, second)
      },
    },
    {
      name: 'a window holds the key after the task is done, and then ends',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { unique: { key: KEY, windowMs: 8_000 } })
        await settle(driver, complete(await claimThis(context, driver, task)))
        await assertTaken(driver, task)
        await becomesFree(context, driver)
      },
    },
    {
      name: 'a window that is over does not free the key of a task that goes on',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { unique: { key: KEY, windowMs: 100 } })
        await context.advance(300)
        await assertTaken(driver, task)
        await settle(driver, complete(await claimThis(context, driver, task)))
        await becomesFree(context, driver)
      },
    },
    {
      name: 'a dead letter that is sent back takes no key with it',
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { unique: { key: KEY } })
        await settle(driver, bury(await claimThis(context, driver, task)))
        const next = await enqueueOne(driver, { unique: { key: KEY } })
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE }, 1), 1)
        const held = [await claimOne(context, driver), await claimOne(context, driver)]
        const revived = held.find(({ lease }) => lease.id === task.envelope.id) ?? assert.fail()
        await settle(driver, complete(revived))
        await assertTaken(driver, next)
      },
    },
  ],
}

async function claimThis(context: CaseContext, driver: Driver, task: NewTask) {
  const delivery = await claimOne(context, driver)
  assert.equal(delivery.lease.id, task.envelope.id)
  return delivery
}

/** A further task with its key is answered as a duplicate of it. */
async function assertTaken(driver: Driver, { envelope: { queue, unique, id } }: NewTask): Promise<void> {
  const task = newTask({ queue, unique: unique ?? assert.fail() })
  assert.deepEqual(await tryEnqueue(driver, task), { status: 'duplicate', of: id })
}

async function becomesFree(context: CaseContext, driver: Driver): Promise<void> {
  await context.until('the key is free', async () => {
    const answer = await tryEnqueue(driver, newTask({ unique: { key: KEY } }))
    return answer.status === 'created'
  })
}

function isFreedBy(
  what: string,
  end: (context: CaseContext, driver: Driver, task: NewTask) => Promise<void>,
): ConformanceCase {
  return {
    name: `${what} frees the key`,
    run: async (context) => {
      const [driver, other] = await Promise.all([context.connect(), context.connect()])
      const task = await enqueueOne(driver, { unique: { key: KEY } })
      await end(context, driver, task)
      const next = newTask({ unique: { key: KEY } })
      await enqueue(other, [next])
      await assertTaken(driver, next)
    },
  }
}
