import assert from 'node:assert/strict'
import { assertNothingReady, callId, claim, claimOne, enqueueOne, idsOfHeld, tryEnqueue } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertSameMembers } from '../expect.ts'
import { complete, settle, settleAll } from '../settlements.ts'
import { idsOf, newTask, newTasks } from '../tasks.ts'

export const receipts: ConformanceTopic = {
  name: 'repeats of an enqueue',
  needs: ['token fence'],
  cases: [
    {
      name: 'a repeat inserts nothing and answers the same',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        const call = { callId: callId(), tasks: newTasks(5) }
        const answers = await driver.enqueue(call)
        assert.deepEqual(await driver.enqueue(call), answers)
        assert.deepEqual(await other.enqueue(call), answers)
        assertSameMembers(idsOfHeld(await claim(context, driver, 5)), idsOf(call.tasks))
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a repeat inserts nothing when the tasks are done and gone',
      run: async (context) => {
        const driver = await context.connect()
        const call = { callId: callId(), tasks: newTasks(3) }
        const answers = await driver.enqueue(call)
        const held = await claim(context, driver, 3)
        await settleAll(
          driver,
          held.map((each) => complete(each)),
        )
        assert.deepEqual(await driver.enqueue(call), answers)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a repeat tells created tasks from duplicates as the first call did',
      run: async (context) => {
        const driver = await context.connect()
        const holder = await enqueueOne(driver, { unique: { key: 'k' } })
        const tasks = [newTask(), newTask({ unique: { key: 'k' } }), newTask({ unique: { key: 'other' } })]
        const call = { callId: callId(), tasks }
        const expected = [
          { status: 'created' },
          { status: 'duplicate', of: holder.envelope.id },
          { status: 'created' },
        ]
        assert.deepEqual(await driver.enqueue(call), expected)
        assert.deepEqual(await driver.enqueue(call), expected)
        await claim(context, driver, 3)
        await assertNothingReady(driver)
      },
    },
    {
      name: 'repeats that race with the first call insert nothing',
      run: async (context) => {
        const driver = await context.connect()
        const drivers = [driver, ...(await context.connectMany(3))]
        const tasks = newTasks(Math.min(driver.limits.maxBatch, 20))
        const call = { callId: callId(), tasks }
        const answers = await Promise.all(drivers.map((each) => each.enqueue(call)))
        for (const answer of answers) assert.deepEqual(answer, answers[0])
        assertSameMembers(idsOfHeld(await claim(context, driver, tasks.length)), idsOf(tasks))
        await assertNothingReady(driver)
      },
    },
    {
      name: 'a call with another id is another call',
      run: async (context) => {
        const driver = await context.connect()
        const id = callId()
        const [first, second] = [newTask(), newTask()]
        await driver.enqueue({ callId: id, tasks: [first] })
        await driver.enqueue({ callId: `${id}0`, tasks: [second] })
        assertSameMembers(idsOfHeld(await claim(context, driver, 2)), idsOf([first, second]))
      },
    },
    {
      name: 'a repeat does no harm for five minutes, trimmed or not',
      needs: ['virtual time'],
      run: async (context) => {
        const driver = await context.connect()
        const call = { callId: callId(), tasks: [newTask()] }
        await driver.enqueue(call)
        await settle(driver, complete(await claimOne(context, driver)))
        await context.advance(299_000)
        await driver.retention?.trim(1_000)
        assert.deepEqual(await driver.enqueue(call), [{ status: 'created' }])
        await assertNothingReady(driver)
      },
    },
    {
      name: 'ids of calls may hold any text that the name of a worker may',
      run: async (context) => {
        const driver = await context.connect()
        const names = ['wörker \'one\' "two"', '100% _*?[a-z]', '{slot}:a:b', 'x'.repeat(200)]
        for (const name of names) {
          const call = { callId: `${name}.1`, tasks: [newTask()] }
          const first = await driver.enqueue(call)
          assert.deepEqual(await driver.enqueue(call), first)
        }
        await claim(context, driver, names.length)
        await assertNothingReady(driver)
        assert.equal((await tryEnqueue(driver, newTask())).status, 'created')
      },
    },
  ],
}
