import assert from 'node:assert/strict'
import type { Driver, Enqueued, NewTask } from '@tasq/core/driver'
import { assertNothingReady, claim, claimOne, enqueueOne, idsOfHeld, tryEnqueue } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { assertSame, assertSameMembers } from '../expect.ts'
import type { UserTransaction } from '../harness.ts'
import { idsOf, newTask, newTasks } from '../tasks.ts'

export const transactions: ConformanceTopic = {
  name: 'transactions',
  needs: ['transactions'],
  cases: [
    {
      name: 'what was enqueued is there once the user commits',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = newTasks(3)
        const transaction = await begin(context)
        const answers = await enqueueIn(transaction, driver, tasks)
        assert.deepEqual(
          answers,
          tasks.map(() => ({ status: 'created' })),
        )
        await transaction.commit()
        assertSameMembers(idsOfHeld(await claim(context, driver, 3)), idsOf(tasks))
        await assertNothingReady(driver)
      },
    },
    {
      name: 'what was rolled back never was',
      run: async (context) => {
        const driver = await context.connect()
        const transaction = await begin(context)
        await enqueueIn(transaction, driver, [newTask({ unique: { key: 'k' } }), newTask()])
        await transaction.rollback()
        await assertNothingReady(driver)
        assert.deepEqual(await driver.deadLetters.count(['work']), [0])
        assert.equal((await tryEnqueue(driver, newTask({ unique: { key: 'k' } }))).status, 'created')
      },
    },
    {
      name: 'all fields and times come through',
      run: async (context) => {
        const driver = await context.connect()
        const task = newTask({ headers: { a: '🐢' }, priority: 50, delayMs: 100, keepResultMs: 5_000 })
        const start = context.elapsed
        const transaction = await begin(context)
        await enqueueIn(transaction, driver, [task])
        await transaction.commit()
        const delivery = await claimOne(context, driver)
        assertSame(delivery.envelope, task.envelope)
        assert.ok(context.elapsed - start >= 95, 'its delay is kept')
      },
    },
    {
      name: 'a unique key that is taken is answered as a duplicate, and harms nothing else',
      run: async (context) => {
        const driver = await context.connect()
        const holder = await enqueueOne(driver, { unique: { key: 'k' } })
        const transaction = await begin(context)
        const tasks = [newTask({ unique: { key: 'k' } }), newTask()]
        assert.deepEqual(await enqueueIn(transaction, driver, tasks), [
          { status: 'duplicate', of: holder.envelope.id },
          { status: 'created' },
        ])
        await transaction.commit()
        assert.equal((await claim(context, driver, 2)).length, 2)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'it knows a client from what is none, and can say what it wants',
      run: async (context) => {
        const driver = await context.connect()
        const { accepts, expects } = facet(driver, 'transactions')
        for (const candidate of [undefined, null, 'client', 7, {}, [], () => undefined]) {
          assert.equal(accepts(candidate), false, `it takes ${String(candidate)} for a client`)
        }
        assert.ok(expects.length > 0)
      },
    },
  ],
}

async function begin({ store, harness }: CaseContext): Promise<UserTransaction> {
  assert.ok(
    store.beginTransaction,
    `the harness '${harness.name}' declares transactions: its stores need beginTransaction()`,
  )
  return await store.beginTransaction()
}

async function enqueueIn(
  { client }: UserTransaction,
  driver: Driver,
  tasks: readonly NewTask[],
): Promise<readonly Enqueued[]> {
  const { accepts, enqueue } = facet(driver, 'transactions')
  assert.equal(accepts(client), true, 'it takes the client of the harness')
  // The driver has just said that it can write with it.
  return await enqueue(client as never, tasks)
}
