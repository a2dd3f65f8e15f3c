import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { assertNothingReady, claimOne, enqueue, enqueueOne } from '../calls.ts'
import type { ConformanceCase, ConformanceTopic } from '../case.ts'
import { assertSame, assertSameBytes } from '../expect.ts'
import { bury, settle } from '../settlements.ts'
import { bytesOf, newTask, policy } from '../tasks.ts'

const MEBIBYTE = 1024 * 1024

/** Names as the engine allows them; some must not be taken for patterns, quotes, keys or one another. */
export const oddNames: readonly string[] = [
  'two words',
  `it's "quoted" \`thrice\``,
  '100%',
  '%',
  '_',
  '*',
  'wor?',
  '[a-z]',
  'a:b',
  'a.b',
  '{a}:b',
  'a{b',
  'back\\slash',
  '/../etc',
  '$1 :name @name ?',
  "'; DROP TABLE tasks; --",
  'Case',
  'case',
  'cäse',
  'straße',
  'strasse',
  '__proto__',
  'constructor',
  '漢字 🐢 עברית',
  'n'.repeat(200),
]

const contents: readonly { readonly what: string; readonly bytesUpTo: (most: number) => Uint8Array }[] = [
  { what: 'no bytes at all', bytesUpTo: () => new Uint8Array() },
  { what: 'a single NUL', bytesUpTo: () => new Uint8Array(1) },
  { what: 'text with NUL bytes in it', bytesUpTo: () => bytesOf('\u0000before\u0000after\u0000') },
  { what: 'every byte', bytesUpTo: () => Uint8Array.from({ length: 256 }, (_, byte) => byte) },
  { what: 'random bytes', bytesUpTo: () => new Uint8Array(randomBytes(1_000)) },
  {
    what: 'a mebibyte, or the most',
    bytesUpTo: (most) => new Uint8Array(randomBytes(Math.min(most, MEBIBYTE))),
  },
]

export const payloads: ConformanceTopic = {
  name: 'what is stored comes back',
  cases: [
    ...contents.map(
      ({ what, bytesUpTo }): ConformanceCase => ({
        name: `a payload of ${what}`,
        run: async (context) => {
          const driver = await context.connect()
          const bytes = bytesUpTo(driver.limits.maxPayloadBytes)
          await enqueueOne(driver, { payload: { bytes, encoding: 'application/x-odd+1.0' } })
          const { envelope } = await claimOne(context, driver)
          assertSameBytes(envelope.payload.bytes, bytes)
          assert.equal(envelope.payload.encoding, 'application/x-odd+1.0')
        },
      }),
    ),
    {
      name: 'headers with any text in them',
      run: async (context) => {
        const driver = await context.connect()
        const headers = {
          traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
          empty: '',
          'späced "key"': '漢字 🐢 é e\u0301 \u202e\u0000\n\t\\ \'"',
          long: 'x'.repeat(2_000),
        }
        await enqueueOne(driver, { headers })
        assertSame((await claimOne(context, driver)).envelope.headers, headers)
        await enqueueOne(driver)
        assert.equal((await claimOne(context, driver)).envelope.headers, undefined)
      },
    },
    {
      name: 'every field of an envelope',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, {
          task: 'some.task',
          headers: { a: 'b' },
          priority: context.has('exact priorities') ? -77 : 0,
          leaseMs: 54_321,
          keepResultMs: 98_765,
          unique: { key: 'a key', windowMs: 4_321 },
          policy: {
            ...policy,
            retry: {
              strategy: 'function',
              delayMs: 0,
              maxDelayMs: 7,
              jitter: 0.123,
              retryOn: ['A', 'é'],
              giveUpOn: [],
            },
          },
        })
        assertSame((await claimOne(context, driver)).envelope, envelope)
      },
    },
    {
      name: 'an envelope with nothing optional in it',
      run: async (context) => {
        const driver = await context.connect()
        const { envelope } = await enqueueOne(driver, {
          policy: { maxAttempts: 1, retry: policy.retry, deadLetterMs: 0 },
        })
        assertSame((await claimOne(context, driver)).envelope, envelope)
      },
    },
    {
      name: 'tasks of one call keep their own fields',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = Array.from({ length: Math.min(10, driver.limits.maxBatch) }, (_, index) =>
          newTask({
            queue: `queue ${index}`,
            task: `task ${index}`,
            headers: index % 2 === 0 ? { index: String(index) } : undefined,
            leaseMs: 30_000 + index,
            policy: { ...policy, maxAttempts: index + 1 },
            payload: { bytes: bytesOf(`payload ${index}`) },
          }),
        )
        await enqueue(driver, tasks)
        for (const { envelope } of tasks) {
          assertSame((await claimOne(context, driver, { queue: envelope.queue })).envelope, envelope)
        }
      },
    },
    {
      name: 'queues of any name, none taken for another',
      run: async (context) => {
        const driver = await context.connect()
        const tasks = oddNames.map((queue) => newTask({ queue }))
        for (const task of tasks) await enqueue(driver, [task])
        await assertNothingReady(driver, 'wor', 'work', 'a', 'b', 'CASE')
        for (const { envelope } of tasks) {
          const { queue, id } = envelope
          const { lease } = await claimOne(context, driver, { queue })
          assert.deepEqual([lease.queue, lease.id], [queue, id])
          await assertNothingReady(driver, queue)
        }
      },
    },
    {
      name: 'dead letters of queues of any name',
      run: async (context) => {
        const driver = await context.connect()
        for (const queue of oddNames) {
          await enqueueOne(driver, { queue })
          await settle(driver, bury(await claimOne(context, driver, { queue })))
        }
        assert.deepEqual(
          await driver.deadLetters.count(oddNames),
          oddNames.map(() => 1),
        )
        assert.equal(await driver.deadLetters.purge({ queue: '%' }, 100), 1)
        assert.deepEqual(await driver.deadLetters.count(['%', '_', '*', 'cäse']), [0, 1, 1, 1])
      },
    },
    {
      name: 'tasks of any name',
      run: async (context) => {
        const driver = await context.connect()
        for (const task of oddNames) {
          await enqueueOne(driver, { task })
          const delivery = await claimOne(context, driver)
          assert.equal(delivery.envelope.task, task)
          await settle(driver, bury(delivery))
        }
        const page = await driver.deadLetters.peek({ queue: 'work', task: 'case', limit: 100 })
        assert.deepEqual(
          page.items.map((letter) => letter.task),
          ['case'],
        )
      },
    },
  ],
}
