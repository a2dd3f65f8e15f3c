import { randomUUID } from 'node:crypto'
import { defineTask, type TaskSnapshot } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { ErrorGroups, normalised } from '../src/commands/dlq/error-groups.ts'
import { answer, die, run, sqliteAndRedis, sqlServers } from './support/backends.ts'

const send = defineTask({ name: 'send' })
const print = defineTask({ name: 'print' })

describe.each(sqliteAndRedis(10))('tasq dlq on $name', ({ make }) => {
  async function filled() {
    const backend = await make()
    await die(backend, send, 3, { queue: 'mail', message: (index) => `no user ${index} at "a${index}@b.c"` })
    await die(backend, print, 2, { queue: 'paper' })
    return { backend, mail: backend.app.queue('mail'), paper: backend.app.queue('paper') }
  }

  test('list shows those of all queues, or of one, in pages', async () => {
    const { backend } = await filled()
    const { code, out, err } = await run(backend, 'dlq')
    expect(code, err).toBe(0)
    expect(out.trimEnd().split('\n')).toHaveLength(6)
    expect(out).toMatch(/ mail +send +exhausted +1 of 3 .*no user 0/)
    const first = await answer(backend, 'dlq', 'list', '--limit', '4')
    expect(first['tasks']).toHaveLength(4)
    const second = await answer(backend, 'dlq', 'list', '--cursor', String(first['cursor']))
    expect(second).toMatchObject({ tasks: [{ queue: 'paper', task: 'print' }] })
    expect(await answer(backend, 'dlq', 'list', 'paper')).toMatchObject({
      tasks: [{ task: 'print' }, { task: 'print' }],
    })
  })

  test('errors groups them by what they died of', async () => {
    const { backend } = await filled()
    const { out } = await run(backend, 'dlq', 'errors')
    expect(out).toMatch(/^ +3 +send +Error: no user … at "…" /m)
    expect(await answer(backend, 'dlq', 'errors')).toMatchObject({
      letters: 5,
      groups: [
        {
          task: 'send',
          count: 3,
          queue: 'mail',
          firstSeen: expect.any(String),
          lastSeen: expect.any(String),
        },
        { task: 'print', error: 'Error: no such luck', count: 2 },
      ],
      moreGroups: 0,
      beyond: 0,
    })
  })

  test('show tells of one, and names ids that are near', async () => {
    const { backend, paper } = await filled()
    const [letter] = (await paper.deadLetters.list()).items
    const id = letter?.id ?? ''
    expect(await answer(backend, 'dlq', 'show', id)).toMatchObject({
      id,
      reason: 'exhausted',
      queue: 'paper',
    })
    const wrong = await run(backend, 'dlq', 'show', `${id.slice(0, -1)}_`)
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining(`Did you mean ${id}`) })
  })

  test('retry sends back what was agreed to', async () => {
    const { backend, mail, paper } = await filled()
    const asked = await run(backend, 'dlq', 'retry')
    expect(asked).toMatchObject({
      code: 2,
      err: expect.stringContaining('To send back 5 dead letters of all queues needs'),
    })
    expect(await answer(backend, 'dlq', 'retry', '--dry-run')).toMatchObject({ matching: 5, done: 0 })
    expect((await run(backend, 'dlq', 'retry', '--limit', '1')).err).toContain(
      'send back 1 dead letter of all',
    )
    expect(await mail.counts()).toMatchObject({ dead: 3 })
    expect(await answer(backend, 'dlq', 'retry', 'mail', '--limit', '2', '--yes')).toEqual({
      matching: 2,
      done: 2,
    })
    expect(await mail.counts()).toMatchObject({ ready: 2, dead: 1 })
    expect(await answer(backend, 'dlq', 'retry', '--yes')).toEqual({ matching: 3, done: 3 })
    expect(await mail.counts()).toMatchObject({ ready: 3, dead: 0 })
    expect(await paper.counts()).toMatchObject({ ready: 2, dead: 0 })
  })

  test('retry goes no faster than its rate', async () => {
    const { backend, mail } = await filled()
    const startedAt = performance.now()
    await answer(backend, 'dlq', 'retry', 'mail', '--rate', '1/500ms', '--yes')
    expect(performance.now() - startedAt).toBeGreaterThan(1_000) // two rests between three
    expect(await mail.counts()).toMatchObject({ ready: 3, dead: 0 })
  })

  test('purge deletes what was agreed to, and no more', async () => {
    const { backend, mail, paper } = await filled()
    const asked = await run(backend, 'dlq', 'purge', 'paper')
    expect(asked).toMatchObject({
      code: 2,
      err: expect.stringContaining('To delete 2 dead letters of queue paper'),
    })
    expect(await answer(backend, 'dlq', 'purge', 'paper', '--yes')).toEqual({ matching: 2, done: 2 })
    expect(await paper.counts()).toMatchObject({ ready: 0, dead: 0 })
    expect(await mail.counts()).toMatchObject({ dead: 3 })
  })
})

test.each(sqlServers)('tasq dlq lists, groups and retries on $name', async ({ make }) => {
  const backend = await make()
  const queue = randomUUID()
  await die(backend, send, 2, { queue })
  expect(await answer(backend, 'dlq', 'list', queue)).toMatchObject({ tasks: [{ queue }, { queue }] })
  expect(await answer(backend, 'dlq', 'errors', queue)).toMatchObject({ letters: 2, groups: [{ count: 2 }] })
  expect(await answer(backend, 'dlq', 'retry', queue, '--yes')).toMatchObject({ done: 2 })
  expect(await backend.app.queue(queue).counts()).toMatchObject({ ready: 2, dead: 0 })
})

describe('errors are the same', () => {
  test.each([
    ['no user 17', 'no user 42'],
    [
      'task 01a201a9-704f-7000-8092-5430ddbaff7f is gone',
      'task 01a22b76-2e48-7000-8980-0cc17caed5f7 is gone',
    ],
    ["there is no 'a.png'", "there is no 'b/c.png'"],
    ['connect ECONNREFUSED 10.0.0.1:5432', 'connect ECONNREFUSED 10.0.0.2:5433'],
    ['line one\n  and two', 'line one and two'],
    ['commit 9fceb02d0ae5 failed', 'commit 1d7ab3c99e21 failed'],
  ])('%s and %s', (one, other) => {
    expect(normalised(one)).toBe(normalised(other))
  })

  test('but not where the words differ', () => {
    expect(normalised('no user')).not.toBe(normalised('no group'))
    expect(normalised('decade')).toBe('decade')
  })
})

test('however many letters there are, the groups stay few', () => {
  const groups = new ErrorGroups()
  for (let index = 0; index < 100_000; index++) {
    const message = `no ${[...String(index)].map((digit) => 'abcdefghij'[Number(digit)]).join('')}`
    const failures = [{ name: 'Error', message, attempt: 1, at: 0 }]
    const letter: TaskSnapshot = {
      id: String(index),
      queue: 'mail',
      task: 'send',
      state: 'dead',
      priority: 0,
      attempts: 1,
      enqueuedAt: new Date(0),
      finishedAt: new Date(index),
      failures,
    }
    groups.add(letter)
  }
  expect(groups.sorted).toHaveLength(1_000)
  expect(groups).toMatchObject({ letters: 100_000, beyond: 99_000 })
})
