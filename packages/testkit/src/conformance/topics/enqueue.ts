import assert from 'node:assert/strict'
import {
  assertNothingReady,
  callId,
  claim,
  claimOne,
  enqueue,
  enqueueOne,
  idsOfHeld,
  tryEnqueue,
} from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertSameMembers } from '../expect.ts'
import { complete, settleAll } from '../settlements.ts'
import { idsOf, newTask, newTasks } from '../tasks.ts'

export const enqueuing: ConformanceTopic = {
  name: 'enqueue',
  cases: [
    {
      name: 'each task is answered, and stored once',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = newTasks(5)
        const answers = await driver.enqueue({ callId: callId(), tasks })
        assert.deepEqual(
          answers,
          tasks.map(() => ({ status: 'created' })),
        )
        assertSameMembers(idsOfHeld(await claim(context, driver, 5)), idsOf(tasks))
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a call without tasks answers nothing',
      run: async (context) => {
        const driver = await context.connect()
        assert.deepEqual(await driver.enqueue({ callId: callId(), tasks: [] }), [])
        await assertNothingReady(driver)
      },
    },
    {
      name: 'one call may serve several queues',
      run: async (context) => {
        const driver = await context.connect()
        const queues = ['a', 'b', 'c', 'b']
        const tasks = queues.map((queue) => newTask({ queue }))
        await enqueue(driver, tasks)
        for (const [queue, count] of [
          ['a', 1],
          ['b', 2],
          ['c', 1],
        ] as const) {
          const expected = tasks.filter((task) => task.envelope.queue === queue)
          assertSameMembers(idsOfHeld(await claim(context, driver, count, { queue })), idsOf(expected))
        }
      },
    },
    {
      name: 'a task whose id an unfinished one has is a duplicate of it, and nothing is stored',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        const task = await enqueueOne(driver, { headers: { first: 'yes' } })
        const again = newTask({ id: task.envelope.id, unique: { key: 'k', windowMs: undefined } })
        const answer = { status: 'duplicate', of: task.envelope.id }
        const callWith = [newTask(), again, newTask()]
        assert.deepEqual(await driver.enqueue({ callId: callId(), tasks: callWith }), [
          { status: 'created' },
          answer,
          { status: 'created' },
        ])
        assert.deepEqual(await tryEnqueue(driver, again), answer)
        const held = await claim(context, driver, 3)
        assert.deepEqual(held[0]?.envelope.headers, { first: 'yes' })
        assert.deepEqual(await tryEnqueue(driver, again), answer, 'also while it runs')
        await settleAll(
          driver,
          held.map((each) => complete(each)),
        )
        assert.deepEqual(
          await tryEnqueue(driver, again),
          { status: 'created' },
          'its key was not taken before',
        )
      },
    },
    {
      name: 'thousands of tasks are all there, once each',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const [some, more] = [newTasks(1_500), newTasks(1_500)]
        await Promise.all([enqueue(driver, some), enqueue(other, more)])
        const held = await claim(context, driver, 3_000)
        assertSameMembers(idsOfHeld(held), [...idsOf(some), ...idsOf(more)])
        await assertNothingReady(other)
      },
    },
    {
      name: 'tasks of one call become ready in their order',
      needs: ['fifo order'],
      run: async (context) => {
        const driver = await context.connect()
        const tasks = newTasks(Math.min(driver.limits.maxBatch, 60))
        await driver.enqueue({ callId: callId(), tasks })
        const held = await claim(context, driver, tasks.length)
        assert.deepEqual(idsOfHeld(held), idsOf(tasks))
      },
    },
    {
      name: 'tasks of later calls come after those of earlier ones',
      needs: ['fifo order'],
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const ids: string[] = []
        for (const from of [driver, other, driver, other]) {
          const tasks = newTasks(3)
          await enqueue(from, tasks)
          ids.push(...idsOf(tasks))
          await context.advance(15)
        }
        for (const id of ids) assert.equal((await claimOne(context, other)).lease.id, id)
      },
    },
    {
      name: 'what it tells of the times of a task is true',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { expiresInMs: 50_000 })
        await context.advance(200)
        const { enqueuedAt, readyAt, expiresAt, now } = await claimOne(context, driver)
        assert.ok(enqueuedAt <= readyAt && readyAt <= now, `${enqueuedAt}, ${readyAt}, ${now}`)
        assert.ok(now - enqueuedAt >= 200 && now - enqueuedAt < 60_000, `${now - enqueuedAt} ms passed`)
        assert.equal(expiresAt, enqueuedAt + 50_000)
      },
    },
    {
      name: 'an instant of expiry that the user gave comes back as it was',
      run: async (context) => {
        const driver = await context.connect()
        const expiresAt = Math.round(context.store.clock.now()) + 7_200_123
        await enqueueOne(driver, { expiresAt })
        assert.equal((await claimOne(context, driver)).expiresAt, expiresAt)
        await enqueueOne(driver)
        assert.equal((await claimOne(context, driver)).expiresAt, undefined)
      },
    },
  ],
}
