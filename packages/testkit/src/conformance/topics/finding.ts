import assert from 'node:assert/strict'
import type { Driver, FindCall, Settlement, TaskRecord } from '@tasq/core/driver'
import { claim, enqueue, enqueueOne, hold } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { type CaseContext, facet } from '../context.ts'
import { assertSameMembers } from '../expect.ts'
import { bury, cancel, complete, type Held, settle, settleAll } from '../settlements.ts'
import { idsOf, newTask, newTasks, QUEUE, type TaskFields } from '../tasks.ts'

/** More than a few pages. */
const MANY = 230
const KEEP_MS = 60_000

export const finding: ConformanceTopic = {
  name: 'finding tasks by state',
  needs: ['inspection'],
  cases: [
    pagesOf('ready', {}),
    pagesOf('scheduled', { delayMs: 60_000 }),
    pagesOf('active', {}, async (context, driver) => {
      await claim(context, driver, MANY)
    }),
    pagesOf('completed', {}, (context, driver) =>
      settleMany(context, driver, (held) => complete(held, { keepMs: KEEP_MS })),
    ),
    pagesOf('cancelled', {}, (context, driver) =>
      settleMany(context, driver, (held) => cancel(held, { keepMs: KEEP_MS })),
    ),
    {
      name: 'ready tasks come in the order in which they would be claimed',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const priorities = [0, 50, 0, 100, 50]
        const tasks = priorities.map((priority) => newTask({ priority }))
        for (const task of tasks) {
          await enqueue(driver, [task])
          await context.advance(10)
        }
        const [a, b, c, d, e] = idsOf(tasks)
        const found = await findAll(driver, { queue: QUEUE, state: 'ready', limit: 2 })
        assert.deepEqual(
          found.map(({ id }) => id),
          [d, b, e, a, c],
        )
        const claimed = await claim(context, driver, 5)
        assert.deepEqual(
          claimed.map(({ lease }) => lease.id),
          [d, b, e, a, c],
        )
      },
    },
    {
      name: 'a cursor that no page of this list gave is refused',
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(3))
        await settleAll(
          driver,
          (await claim(context, driver, 2)).map((held) => bury(held)),
        )
        await claim(context, driver, 1)
        await enqueue(driver, newTasks(2))
        const { find } = facet(driver, 'inspection')
        const { cursor } = await find({ queue: QUEUE, state: 'ready', limit: 1 })
        assert.ok(cursor !== undefined, 'there is a next page')
        const { cursor: dead } = await driver.deadLetters.peek({ queue: QUEUE, limit: 1 })
        const refused = { code: 'TASQ_INVALID_OPTION' }
        await assert.rejects(() => find({ queue: QUEUE, state: 'ready', limit: 1, cursor: 'x' }), refused)
        await assert.rejects(() => find({ queue: QUEUE, state: 'active', limit: 1, cursor }), refused)
        await assert.rejects(() => find({ queue: QUEUE, state: 'ready', limit: 1, cursor: dead }), refused)
        await assert.rejects(() => driver.deadLetters.peek({ queue: QUEUE, limit: 1, cursor }), refused)
      },
    },
    {
      name: 'finished tasks come oldest first',
      run: async (context) => {
        const driver = await context.connect()
        const ids: string[] = []
        for (let round = 0; round < 5; round++) {
          const held = await hold(context, driver)
          await context.advance(10)
          await settle(driver, complete(held, { keepMs: KEEP_MS }))
          ids.push(held.lease.id)
        }
        const found = await findAll(driver, { queue: QUEUE, state: 'completed', limit: 2 })
        assert.deepEqual(
          found.map(({ id }) => id),
          ids,
        )
      },
    },
    {
      name: 'they can be narrowed to a task, by its whole name',
      run: async (context) => {
        const driver = await context.connect()
        const wanted = newTasks(7, { task: 'a_b' })
        await enqueue(driver, [...newTasks(5, { task: 'axb' }), ...wanted, ...newTasks(3, { task: 'A_B' })])
        const found = await findAll(driver, { queue: QUEUE, state: 'ready', task: 'a_b', limit: 3 })
        assertSameMembers(
          found.map(({ id }) => id),
          idsOf(wanted),
        )
        assert.deepEqual(await findAll(driver, { queue: QUEUE, state: 'ready', task: 'a%', limit: 3 }), [])
      },
    },
    {
      name: 'dead, forgotten and foreign tasks are in no state',
      run: async (context) => {
        const driver = await context.connect()
        await settle(driver, bury(await hold(context, driver)))
        await settle(driver, complete(await hold(context, driver)))
        await enqueueOne(driver, { queue: 'other' })
        for (const state of ['ready', 'scheduled', 'active', 'completed', 'cancelled'] as const) {
          assert.deepEqual(await findAll(driver, { queue: QUEUE, state, limit: 10 }), [], state)
        }
      },
    },
  ],
}

function pagesOf(
  state: FindCall['state'],
  fields: TaskFields,
  bring: (context: CaseContext, driver: Driver) => Promise<void> = async () => {},
): ConformanceCase {
  return {
    name: `pages over hundreds of ${state} tasks give each once`,
    run: async (context) => {
      const driver = await context.connect()
      const tasks = newTasks(MANY, fields)
      await enqueue(driver, tasks)
      await bring(context, driver)
      await enqueue(driver, newTasks(3, { queue: 'other' }))
      const found = await findAll(driver, { queue: QUEUE, state, limit: 50 })
      assertSameMembers(
        found.map(({ id }) => id),
        idsOf(tasks),
      )
      assert.ok(found.every((record) => record.state === state))
    },
  }
}

async function settleMany(
  context: CaseContext,
  driver: Driver,
  settlementOf: (held: Held) => Settlement,
): Promise<void> {
  const held = await claim(context, driver, MANY)
  await settleAll(driver, held.map(settlementOf))
}

async function findAll(driver: Driver, call: FindCall): Promise<readonly TaskRecord[]> {
  const found: TaskRecord[] = []
  let cursor: string | undefined
  do {
    const page = await facet(driver, 'inspection').find({ ...call, cursor })
    assert.ok(page.items.length <= call.limit, 'a page holds no more than asked')
    found.push(...page.items)
    assert.ok(found.length < 10_000, 'the pages come to an end')
    cursor = page.cursor
  } while (cursor !== undefined)
  return found
}
