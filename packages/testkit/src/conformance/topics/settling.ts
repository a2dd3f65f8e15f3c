import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { Settlement } from '@tasq/core/driver'
import { assertNothingReady, claim, claimOne, deadCount, enqueue, enqueueOne, hold } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { bury, cancel, complete, kinds, release, retry, settle, settleAll } from '../settlements.ts'
import { newTask, newTasks } from '../tasks.ts'

const kindNames = Object.keys(kinds) as Settlement['kind'][]

/** What each kind leaves behind: tasks that can be reserved, and dead letters. */
const leaves: Readonly<Record<Settlement['kind'], { readonly ready: number; readonly dead: number }>> = {
  complete: { ready: 0, dead: 0 },
  cancel: { ready: 0, dead: 0 },
  retry: { ready: 1, dead: 0 },
  release: { ready: 1, dead: 0 },
  deadLetter: { ready: 0, dead: 1 },
}

export const settling: ConformanceTopic = {
  name: 'settle',
  cases: [
    ...kindNames.map(
      (kind): ConformanceCase => ({
        name: `${kind} is written once, however often it is repeated`,
        needs: ['token fence'],
        run: async (context) => {
          const [driver, other] = await Promise.all([context.connect(), context.connect()])
          const settlement = kinds[kind](await hold(context, driver))
          assert.equal(await settle(driver, settlement), 'settled')
          for (const from of [driver, other, driver]) {
            const answer = await settle(from, settlement)
            assert.ok(answer === 'settled' || answer === 'gone', `a repeat answers ${JSON.stringify(answer)}`)
          }
          const { ready, dead } = leaves[kind]
          assert.equal((await claim(context, driver, ready)).length, ready)
          await assertNothingReady(driver)
          assert.equal(await deadCount(driver), dead)
        },
      }),
    ),
    ...kindNames.map(
      (kind): ConformanceCase => ({
        name: `${kind} under a token that has settled changes nothing`,
        needs: ['token fence'],
        run: async (context) => {
          const driver = await context.connect()
          const held = await hold(context, driver)
          assert.equal(await settle(driver, retry(held, { attempts: 1, delayMs: 3_000 })), 'settled')
          await settle(driver, kinds[kind](held))
          await assertNothingReady(driver)
          assert.equal(await deadCount(driver), 0)
          assert.equal((await claimOne(context, driver)).attempt, 2)
        },
      }),
    ),
    {
      name: 'settling nothing answers nothing',
      run: async (context) => {
        const driver = await context.connect()
        assert.deepEqual(await driver.settle([]), [])
      },
    },
    {
      name: 'a task that does not exist is gone, for every kind',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        for (const kind of kindNames) {
          const lease = { queue: 'work', id: randomUUID(), token: 'made up' }
          assert.equal(await settle(driver, kinds[kind]({ lease, attempt: 1 })), 'gone')
        }
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'kinds and queues may be mixed in a batch, and each is done',
      run: async (context) => {
        const driver = await context.connect()
        const queues = ['a', 'b', 'c', 'd', 'e']
        await enqueue(
          driver,
          queues.map((queue) => newTask({ queue })),
        )
        const [a, b, c, d, e] = await Promise.all(queues.map((queue) => claimOne(context, driver, { queue })))
        if (!a || !b || !c || !d || !e) return assert.fail()
        await settleAll(driver, [complete(a), retry(b), release(c), bury(d), cancel(e)])
        await assertNothingReady(driver, 'a', 'd', 'e')
        assert.equal((await claimOne(context, driver, { queue: 'b' })).attempt, 2)
        assert.equal((await claimOne(context, driver, { queue: 'c' })).attempt, 1)
        assert.deepEqual(await driver.deadLetters.count(queues), [0, 0, 0, 1, 0])
      },
    },
    {
      name: 'bad leases in a batch do not disturb the others, and answers come in order',
      needs: ['token fence'],
      run: async (context) => {
        const driver = await context.connect()
        await enqueue(driver, newTasks(5))
        const [a, b, c, d, e] = await claim(context, driver, 5)
        if (!a || !b || !c || !d || !e) return assert.fail()
        await settle(driver, release(d))
        const again = await claimOne(context, driver)
        const answers = await driver.settle([
          complete(a),
          complete({ ...b, lease: { ...b.lease, token: 'made up' } }),
          bury(c),
          complete({ ...a, lease: { ...a.lease, id: randomUUID() } }),
          retry(d),
          cancel(e),
        ])
        assert.deepEqual(answers, ['settled', 'lost', 'settled', 'gone', 'lost', 'settled'])
        assert.deepEqual(await driver.settle([complete(again), complete(b)]), ['settled', 'settled'])
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), 1)
      },
    },
    {
      name: 'thousands of settlements in batches are all written',
      run: async (context) => {
        const driver = await context.connect()
        // The leases of a broker are good in their own process only.
        const other = context.has('own store') ? await context.connect() : driver
        await enqueue(driver, newTasks(2_000))
        const held = await claim(context, driver, 2_000)
        const half = held.length / 2
        await Promise.all([
          settleAll(
            driver,
            held.slice(0, half).map((delivery) => complete(delivery)),
          ),
          settleAll(
            other,
            held
              .slice(half)
              .map((delivery, index) => (index % 2 === 0 ? complete(delivery) : bury(delivery))),
          ),
        ])
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), half / 2)
      },
    },
    {
      name: 'settling goes on while others reserve and enqueue',
      run: async (context) => {
        const [driver, other] = await Promise.all([context.connect(), context.connect()])
        await enqueue(driver, newTasks(60))
        const finish = async () => {
          for (let round = 0; round < 12; round++) {
            const held = await claim(context, driver, 5)
            await settleAll(
              driver,
              held.map((delivery) => complete(delivery)),
            )
          }
        }
        const disturb = async () => {
          for (let round = 0; round < 12; round++) await enqueueOne(other, { queue: `other ${round % 3}` })
        }
        await Promise.all([finish(), disturb()])
        await assertNothingReady(driver)
      },
    },
  ],
}
