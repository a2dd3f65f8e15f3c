import assert from 'node:assert/strict'
import type { Driver } from '@tasq/core/driver'
import { assertNothingReady, claim, claimOne, deadCount, enqueue, enqueueOne, idsOfHeld } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { die, peekAll } from '../dead.ts'
import { assertSame, assertSameMembers } from '../expect.ts'
import { bury, complete, history, settle } from '../settlements.ts'
import { newTask, QUEUE } from '../tasks.ts'

export const redriving: ConformanceTopic = {
  name: 'sending dead letters back',
  cases: [
    {
      name: 'retry gives a fresh task: same id and payload, no attempts, no history',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, {
          headers: { a: 'b' },
          expiresInMs: 500,
          leaseMs: 40_000,
        })
        await settle(driver, bury(await claimOne(context, driver), { attempts: 4, history }))
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE }, 10), 1)
        assert.equal(await deadCount(driver), 0)
        const again = await claimOne(context, driver)
        assertSame(again.envelope, envelope)
        assert.deepEqual([again.attempt, again.history, again.expiresAt], [1, undefined, undefined])
        assert.equal(await settle(driver, complete(again)), 'settled')
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'a letter whose id an unfinished task has by now stays, and the others are sent back',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const [first = ''] = await die(context, driver, 2)
        await enqueueOne(driver, { id: first, headers: { newer: 'yes' } })
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE }, 10), 1)
        assert.equal(await deadCount(driver), 1)
        const held = await claim(context, driver, 2)
        assert.equal(held.find(({ lease }) => lease.id === first)?.envelope.headers?.newer, 'yes')
      },
    },
    {
      name: 'of tasks that die under one id one after another, the last one is kept',
      needs: ['own store'],
      run: async (context) => {
        const driver = await context.connect()
        const [id = ''] = await die(context, driver, 1, { task: 'first' })
        await enqueueOne(driver, { id, task: 'second' })
        await settle(driver, bury(await claimOne(context, driver)))
        const letters = await peekAll(driver, { queue: QUEUE })
        assert.deepEqual(
          letters.map((letter) => [letter.id, letter.task]),
          [[id, 'second']],
        )
      },
    },
    {
      name: 'retry takes the oldest that match, no more than asked',
      run: async (context) => {
        const driver = await context.connect()
        const ids: string[] = []
        for (const task of ['a', 'b', 'a', 'a']) {
          ids.push(...(await die(context, driver, 1, { task })))
          await context.advance(10)
        }
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE, task: 'a' }, 2), 2)
        assertSameMembers(idsOfHeld(await claim(context, driver, 2)), [ids[0] ?? '', ids[2] ?? ''])
        assert.equal(await driver.deadLetters.retry({ queue: 'other' }, 10), 0)
        assert.equal(await driver.deadLetters.retry({ queue: QUEUE, ids: ['none'] }, 10), 0)
        assert.equal(await deadCount(driver), 2)
      },
    },
    {
      name: 'concurrent retries send each letter back once',
      run: async (context) => {
        const drivers = await context.connectMany(4)
        const driver = drivers[0] ?? assert.fail()
        const ids = await die(context, driver, 60)
        const retryAll = async (from: Driver) => {
          let count = 0
          for (let step = 1; step > 0 && count <= 60; count += step)
            step = await from.deadLetters.retry({ queue: QUEUE }, 10)
          return count
        }
        const counts = await Promise.all(drivers.map(retryAll))
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          60,
        )
        assertSameMembers(idsOfHeld(await claim(context, driver, 60)), ids)
        await assertNothingReady(driver)
        assert.equal(await deadCount(driver), 0)
      },
    },
    {
      name: 'a task may die again, and be sent back again',
      run: async (context) => {
        const driver = await context.connect()
        const [id] = await die(context, driver, 1)
        for (let round = 0; round < 3; round++) {
          assert.equal(await driver.deadLetters.retry({ queue: QUEUE, ids: [id ?? ''] }, 1), 1)
          const held = await claimOne(context, driver)
          assert.deepEqual([held.lease.id, held.attempt], [id, 1])
          assert.equal(await settle(driver, bury(held)), 'settled')
          assert.equal(await deadCount(driver), 1)
        }
      },
    },
    {
      name: 'purge removes the oldest that match, no more than asked, and nothing that lives',
      run: async (context) => {
        const driver = await context.connect()
        const ids = await die(context, driver, 1, { task: 'a' })
        await context.advance(10)
        const later = await die(context, driver, 2, { task: 'a' })
        await die(context, driver, 1, { task: 'b' })
        await die(context, driver, 1, { queue: 'other' })
        await enqueue(driver, [newTask({ task: 'a' })])
        assert.equal(await driver.deadLetters.purge({ queue: QUEUE, task: 'a' }, 1), 1)
        const left = await peekAll(driver, { queue: QUEUE, task: 'a' })
        assertSameMembers(
          left.map(({ id }) => id),
          later,
          `the oldest, ${ids}, is purged first`,
        )
        assert.equal(await driver.deadLetters.purge({ queue: QUEUE }, 10), 3)
        assert.deepEqual(await driver.deadLetters.count([QUEUE, 'other']), [0, 1])
        await claimOne(context, driver)
      },
    },
  ],
}
