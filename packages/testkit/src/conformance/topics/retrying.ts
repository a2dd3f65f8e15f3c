import assert from 'node:assert/strict'
import { claimOne, enqueueOne, hold } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { assertBetween, assertSame } from '../expect.ts'
import { bury, history, release, retry, settle } from '../settlements.ts'
import { QUEUE } from '../tasks.ts'

export const retrying: ConformanceTopic = {
  name: 'retry and release',
  cases: [
    {
      name: 'the delay of a retry is kept, on the backend’s clock',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, retry(held, { delayMs: 400 }))
        const again = await claimOne(context, driver)
        assertBetween('the delay', again.now - held.now, 400, 400 + context.lateMs)
        assertBetween('the time of becoming ready', again.readyAt - held.now, 400, 400 + context.lateMs)
        assert.equal(again.enqueuedAt, held.enqueuedAt)
      },
    },
    {
      name: 'the delay of a release is kept',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, release(held, { delayMs: 400 }))
        assertBetween(
          'the delay',
          (await claimOne(context, driver)).now - held.now,
          400,
          400 + context.lateMs,
        )
      },
    },
    {
      name: 'attempts are stored as given',
      run: async (context) => {
        const driver = await context.connect()
        const held = await hold(context, driver)
        await settle(driver, retry(held, { attempts: 7 }))
        const eighth = await claimOne(context, driver)
        assert.equal(eighth.attempt, 8)
        await settle(driver, release(eighth, { attempts: 0 }))
        assert.equal((await claimOne(context, driver)).attempt, 1)
      },
    },
    {
      name: 'a history comes back as it was given, and none where none was',
      run: async (context) => {
        const driver = await context.connect()
        const first = await hold(context, driver)
        assert.equal(first.history, undefined)
        await settle(driver, retry(first, { history }))
        const second = await claimOne(context, driver)
        assertSame(second.history, history)
        await settle(driver, release(second, { history: { losses: 1 } }))
        const third = await claimOne(context, driver)
        assertSame(third.history, { losses: 1 })
        await settle(driver, retry(third, { history: undefined }))
        assert.equal((await claimOne(context, driver)).history, undefined)
      },
    },
    {
      name: 'the envelope and its times are the same at every attempt',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver, { headers: { a: 'b' }, expiresInMs: 90_000, keepResultMs: 5_000 })
        const first = await claimOne(context, driver)
        await settle(driver, retry(first, { delayMs: 30 }))
        const second = await claimOne(context, driver)
        assertSame(second.envelope, first.envelope)
        assert.equal(second.enqueuedAt, first.enqueuedAt)
        assert.equal(second.expiresAt, first.expiresAt)
      },
    },
    {
      name: 'a task that was tried often dies with all its attempts',
      run: async (context) => {
        const driver = await context.connect()
        await enqueueOne(driver)
        for (let attempt = 1; attempt <= 3; attempt++) {
          const held = await claimOne(context, driver)
          assert.equal(held.attempt, attempt)
          await settle(driver, retry(held, { history }))
        }
        await settle(driver, bury(await claimOne(context, driver), { history }))
        const { items } = await driver.deadLetters.peek({ queue: QUEUE, limit: 1 })
        assert.equal(items[0]?.attempts, 4)
        assertSame(items[0]?.history, history)
      },
    },
  ],
}
