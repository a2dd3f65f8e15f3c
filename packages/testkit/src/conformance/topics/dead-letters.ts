import assert from 'node:assert/strict'
import type { DeadLetterFilter, DeadReason } from '@tasq/core/driver'
import { claimOne, deadCount, enqueueOne, hold } from '../calls.ts'
import type { ConformanceTopic } from '../case.ts'
import { die, peekAll } from '../dead.ts'
import { assertBetween, assertSame, assertSameMembers } from '../expect.ts'
import { bury, failure, history, settle } from '../settlements.ts'
import { bytesOf, policy, QUEUE } from '../tasks.ts'

export const deadLetters: ConformanceTopic = {
  name: 'dead letters',
  cases: [
    {
      name: 'they are counted for each queue, in order',
      run: async (context) => {
        const driver = await context.connect()
        await die(context, driver, 3, { queue: 'a' })
        await die(context, driver, 1, { queue: 'b' })
        await enqueueOne(driver, { queue: 'c' })
        const counts = await driver.deadLetters.count(['b', 'none', 'a', 'c', 'b'])
        assert.deepEqual(counts, [1, 0, 3, 0, 1])
        assert.deepEqual(await driver.deadLetters.count([]), [])
      },
    },
    {
      name: 'a letter tells all that is known',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, {
          task: 'doomed',
          headers: { 'späte Kopfzeile': '🐢' },
          payload: { bytes: bytesOf('\u0000bytes\u0000'), encoding: 'x-odd' },
        })
        const held = await claimOne(context, driver)
        await context.advance(40)
        const last = failure({ code: 'E_CODE', attempt: 5 })
        const fields = {
          reason: 'permanent',
          attempts: 5,
          keepMs: 7_200_000,
          failure: last,
          history,
        } as const
        await settle(driver, bury(held, fields))
        const [letter] = await peekAll(driver, { queue: QUEUE })
        const { diedAt, keptUntil, ...rest } = letter ?? assert.fail('the letter is there')
        assertSame(rest, {
          id: envelope.id,
          queue: QUEUE,
          task: 'doomed',
          reason: 'permanent',
          failure: last,
          history,
          attempts: 5,
          enqueuedAt: held.enqueuedAt,
          payload: envelope.payload,
          headers: envelope.headers,
          priority: 0,
          policy,
        })
        assertBetween('the time of death', diedAt - held.now, 40, 20_000)
        assert.equal(keptUntil - diedAt, 7_200_000)
      },
    },
    {
      name: 'a letter without a failure, headers or history has none',
      run: async (context) => {
        const driver = await context.connect()
        await die(context, driver, 1)
        const [letter] = await peekAll(driver, { queue: QUEUE })
        const { failure: last, headers, history: past } = letter ?? assert.fail()
        assert.deepEqual([last, headers, past], [undefined, undefined, undefined])
      },
    },
    {
      name: 'every reason of death comes back',
      run: async (context) => {
        const driver = await context.connect()
        const reasons: readonly DeadReason[] = [
          'exhausted',
          'permanent',
          'expired',
          'undecodable',
          'invalid',
          'unknown-task',
          'lost',
        ]
        for (const reason of reasons) await settle(driver, bury(await hold(context, driver), { reason }))
        const letters = await peekAll(driver, { queue: QUEUE })
        assertSameMembers(
          letters.map((letter) => letter.reason),
          reasons,
        )
      },
    },
    {
      name: 'pages give every letter once, oldest first, and change nothing',
      run: async (context) => {
        const driver = await context.connect()
        const ids: string[] = []
        for (let round = 0; round < 9; round++) {
          ids.push(...(await die(context, driver, 1)))
          await context.advance(10)
        }
        for (let round = 0; round < 2; round++) {
          const letters = await peekAll(driver, { queue: QUEUE }, 2)
          assert.deepEqual(
            letters.map(({ id }) => id),
            ids,
          )
        }
        assert.equal(await deadCount(driver), 9)
      },
    },
    {
      name: 'pages over hundreds of letters that died together give each once',
      run: async (context) => {
        const driver = await context.connect()
        const ids = await die(context, driver, 250)
        await die(context, driver, 5, { queue: 'other' })
        const letters = await peekAll(driver, { queue: QUEUE }, 60)
        assertSameMembers(
          letters.map(({ id }) => id),
          ids,
        )
      },
    },
    {
      name: 'filters by task, by reason and by ids hold together',
      run: async (context) => {
        const driver = await context.connect()
        const a = await die(context, driver, 3, { task: 'a' })
        const aLost = await die(context, driver, 2, { task: 'a' }, 'lost')
        const b = await die(context, driver, 2, { task: 'a%' }, 'lost')
        const idsFor = async (filter: Omit<DeadLetterFilter, 'queue'>) =>
          (await peekAll(driver, { queue: QUEUE, ...filter }, 2)).map(({ id }) => id)
        assertSameMembers(await idsFor({ task: 'a' }), [...a, ...aLost])
        assertSameMembers(await idsFor({ task: 'a%' }), b)
        assertSameMembers(await idsFor({ reason: 'lost' }), [...aLost, ...b])
        assertSameMembers(await idsFor({ task: 'a', reason: 'lost' }), aLost)
        assertSameMembers(await idsFor({ ids: [...a.slice(0, 1), ...b.slice(0, 1), 'none'] }), [
          ...a.slice(0, 1),
          ...b.slice(0, 1),
        ])
        assertSameMembers(await idsFor({ ids: b, task: 'a' }), [])
        assertSameMembers(await idsFor({ ids: [] }), [])
      },
    },
  ],
}
