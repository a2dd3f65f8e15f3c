import { defineTask, jsonCodec } from '@tasq/core'
import { describe, expect, expectTypeOf, test } from 'vitest'
import { createTestTasq } from '../src/index.ts'
import { type Mail, sendMail } from './definitions.ts'

describe('enqueued', () => {
  test('gives inputs and options back, typed by the definition', async () => {
    await using app = createTestTasq({ tasks: [sendMail], codec: jsonCodec })
    const runAt = new Date('2026-06-01T00:00:00Z')
    await app.tasq.enqueue(sendMail, { to: 'a' }, { delay: '10s', priority: 'high', unique: { key: 'k' } })
    await app.tasq.enqueue(sendMail, { to: 'b' }, { runAt, queue: 'other', headers: { a: 'b' } })
    const mails = app.enqueued(sendMail)
    expectTypeOf(mails[0]?.input).toEqualTypeOf<Mail | undefined>()
    expectTypeOf(app.enqueued('mail.send')).toEqualTypeOf(mails)
    expect(mails).toMatchObject([
      {
        task: 'mail.send',
        queue: 'mails',
        input: { to: 'a' },
        delayMs: 10_000,
        priority: 50,
        uniqueKey: 'k',
      },
      { queue: 'other', input: { to: 'b' }, runAt, priority: 0, headers: { a: 'b' }, maxAttempts: 3 },
    ])
    expect(app.enqueued()).toEqual(mails)
  })

  test('does not list duplicates, and lists what has run', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    for (const to of ['a', 'b']) await app.tasq.enqueue(sendMail, { to }, { unique: { key: 'same' } })
    await app.drain()
    expect(app.enqueued('mail.send').map(({ input }) => input.to)).toEqual(['a'])
  })

  test('lists of debounced calls the task that stands for them, as the latest made it', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    for (const to of ['a', 'b', 'c']) {
      await app.tasq.enqueue(sendMail, { to }, { debounce: { key: 'same', wait: '5s' } })
    }
    expect(app.enqueued(sendMail)).toMatchObject([{ input: { to: 'c' }, delayMs: 5_000 }])
    expect(await app.drain()).toMatchObject({ completed: 0 })
    expect(await app.advance('5s')).toMatchObject({ completed: 1 })
  })

  test('refuses names that the app does not know, by type', async () => {
    await using app = createTestTasq({ tasks: [sendMail] })
    // @ts-expect-error no definition has this name
    expect(app.enqueued('mail.sent')).toEqual([])
  })
})

describe('assertEnqueued', () => {
  async function appWithMails() {
    const app = createTestTasq({ tasks: [sendMail, defineTask({ name: 'other', run: (_: number) => {} })] })
    const meta = { campaign: 'spring', tags: ['x', 'y'] }
    await app.tasq.enqueue(sendMail, { to: 'a', subject: 'hello', meta })
    await app.tasq.enqueue('other', 7, { delay: '1m', priority: 3 })
    return app
  }

  test('finds by a part of the input, at any depth, and gives the task', async () => {
    await using app = await appWithMails()
    const found = app.assertEnqueued(sendMail, { meta: { campaign: 'spring' } })
    expectTypeOf(found.input).toEqualTypeOf<Mail>()
    expect(found.input.to).toBe('a')
    expect(app.assertEnqueued('other').input).toBe(7)
    expect(app.assertEnqueued('other', 7).queue).toBe('default')
  })

  test('says what was enqueued instead', async () => {
    await using app = await appWithMails()
    expect(() => app.assertEnqueued(sendMail, { to: 'b' })).toThrowErrorMatchingInlineSnapshot(`
      [AssertionError: Expected 'mail.send' to be enqueued with { to: 'b' }, but these were:
        1. 'mail.send' with { to: 'a', subject: 'hello', meta: { campaign: 'spring', tags: [ 'x', 'y' ] } } (queue mails)
        2. 'other' with 7 (queue default, priority 3, delay 60000 ms)]
    `)
    await using empty = createTestTasq({ tasks: [sendMail] })
    expect(() => empty.assertEnqueued('mail.send')).toThrow(
      "Expected 'mail.send' to be enqueued, but nothing was enqueued.",
    )
  })

  test('takes only what an input may have, by type', async () => {
    await using app = await appWithMails()
    // @ts-expect-error an input has no such property
    expect(() => app.assertEnqueued(sendMail, { too: 'a' })).toThrow()
  })
})
