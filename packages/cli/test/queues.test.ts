import { randomUUID } from 'node:crypto'
import { defineTask } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { answer, run, sqliteAndRedis, sqlServers } from './support/backends.ts'
import { brokerFlags, onRabbitmq } from './support/broker-trials.ts'
import { finish, start } from './support/processes.ts'
import { userFolder } from './support/user-folder.ts'

const note = defineTask({ name: 'note', queue: 'mail' })

describe.each(sqliteAndRedis(8))('tasq queues on $name', ({ make }) => {
  test('lists what the queues hold and what holds for them', async () => {
    const backend = await make()
    const { app } = backend
    await app.enqueueMany(note, [undefined, undefined])
    await app.enqueue(note, undefined, { queue: 'later', delay: '1h' })
    await app.queue('later').pause()
    await app.queue('mail').limit({ concurrency: 5, rateLimit: { tasks: 100, per: '1m' } })
    const { code, out, err } = await run(backend, 'queues')
    expect(code, err).toBe(0)
    expect(out).toMatch(/^queue +ready +scheduled/)
    expect(out).toMatch(/^later +0 +1 +0 +0 +0.* paused +none$/m)
    expect(out).toMatch(/^mail +2 +0 +0 +0 +0.* open +5 at a time, 100 in 1m$/m)
    const { queues } = await answer(backend, 'queues', 'list')
    expect(queues).toMatchObject([
      { queue: 'later', counts: { ready: 0, scheduled: 1 }, paused: true },
      {
        queue: 'mail',
        counts: { ready: 2 },
        oldestReadyMs: expect.any(Number),
        limits: { concurrency: 5, rateLimit: { tasks: 100, per: 60_000 } },
      },
    ])
    expect(await answer(backend, 'queues', 'show', 'mail')).toMatchObject({
      queue: 'mail',
      counts: { ready: 2 },
    })
  })

  test('pauses and resumes: a worker of another process stops taking tasks', async () => {
    const backend = await make()
    const { app, folder, flags } = backend
    const worker = start(folder, 'worker', '--tasks', 'tasks.mjs', '--queues', 'mail', ...flags)
    await worker.err.line(/online/)
    await app.enqueue(defineTask({ name: 'quick' }), undefined, { queue: 'mail' })
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ ready: 0, active: 0 })
    const paused = await answer(backend, 'queues', 'pause', 'mail')
    expect(paused).toMatchObject({ queues: [{ queue: 'mail', paused: true }] })
    expect((await app.queue('mail').settings()).pausedAt).toBeInstanceOf(Date)
    // Workers hear of it within a second; what comes then stays.
    await expect
      .poll(
        async () => {
          await app.enqueue(defineTask({ name: 'quick' }), undefined, { queue: 'mail' })
          return (await app.queue('mail').counts()).ready
        },
        { interval: 300 },
      )
      .toBeGreaterThan(2)
    await answer(backend, 'queues', 'resume', 'mail')
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ ready: 0, active: 0 })
  })

  test('holds a queue for a while, and one group of it', async () => {
    const backend = await make()
    const { app } = backend
    await app.enqueue(note, undefined)
    const before = Date.now()
    await answer(backend, 'queues', 'hold', 'mail', '10m')
    const { heldUntil } = await app.queue('mail').settings()
    expect(Math.abs(Number(heldUntil) - before - 600_000)).toBeLessThan(30_000)
    await answer(backend, 'queues', 'resume', 'mail')
    expect((await app.queue('mail').settings()).heldUntil).toBeUndefined()
  })

  test('limits, and lifts what it is told to lift', async () => {
    const backend = await make()
    const { app } = backend
    await app.enqueue(note, undefined)
    const mail = app.queue('mail')
    await answer(backend, 'queues', 'limit', 'mail', '--concurrency', '5', '--rate', '100/1m')
    expect(await mail.settings()).toMatchObject({ concurrency: 5, rateLimit: { tasks: 100, per: 60_000 } })
    await answer(backend, 'queues', 'limit', 'mail', '--rate', 'none')
    expect(await mail.settings()).toMatchObject({ concurrency: 5, rateLimit: undefined })
    await answer(backend, 'queues', 'limit', 'mail', '--concurrency', 'none')
    expect(await mail.settings()).toMatchObject({ concurrency: undefined, rateLimit: undefined })
  })

  test('purges what was agreed to', async () => {
    const backend = await make()
    const { app } = backend
    await app.enqueueMany(note, [undefined, undefined])
    await app.enqueue(note, undefined, { delay: '1h' })
    const refused = await run(backend, 'queues', 'purge', 'mail')
    expect(refused).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'To delete 3 ready, scheduled tasks of queue mail needs a confirmation. Add --yes',
      ),
    })
    expect(await answer(backend, 'queues', 'purge', 'mail', '--dry-run')).toEqual({
      matching: 3,
      done: 0,
      dryRun: true,
    })
    expect(await app.queue('mail').counts()).toMatchObject({ ready: 2, scheduled: 1 })
    const purged = await answer(backend, 'queues', 'purge', 'mail', '--states', 'ready', '--yes')
    expect(purged).toEqual({ matching: 2, done: 2 })
    expect(await app.queue('mail').counts()).toMatchObject({ ready: 0, scheduled: 1 })
  })

  test.each([['show'], ['pause'], ['resume'], ['purge'], ['limit']])(
    '%s of an unknown queue changes nothing and names those that are near',
    async (name) => {
      const backend = await make()
      await backend.app.enqueue(note, undefined)
      const more = name === 'limit' ? ['--concurrency', '1'] : []
      const { code, out, err } = await run(backend, 'queues', name, 'mial', ...more)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain("There is no queue 'mial'. Did you mean mail? [TASQ_NOT_THERE]")
      expect((await backend.app.queue('mial').settings()).pausedAt).toBeUndefined()
    },
  )
})

test.each(sqlServers)('tasq queues shows and purges a queue on $name', async ({ make }) => {
  const backend = await make()
  const queue = randomUUID()
  await backend.app.enqueue(note, undefined, { queue })
  expect(await answer(backend, 'queues', 'show', queue)).toMatchObject({ queue, counts: { ready: 1 } })
  expect(await answer(backend, 'queues', 'purge', queue, '--yes')).toMatchObject({ done: 1 })
  expect(await backend.app.queue(queue).counts()).toMatchObject({ ready: 0 })
})

test('a broker shows the queues that are named, and says what it can not do', async () => {
  const app = onRabbitmq()
  const queue = randomUUID()
  await app.enqueue(note, undefined, { queue })
  const backend = { folder: userFolder('rabbitmq'), flags: brokerFlags('rabbitmq') }
  expect(await answer(backend, 'queues', '--queues', queue)).toMatchObject({
    queues: [{ queue, counts: { ready: 1 } }],
  })
  const list = await run(backend, 'queues')
  expect(list).toMatchObject({
    code: 2,
    err: expect.stringContaining("can't tell which queues there are. Name them: --queues mail,images."),
  })
  const pause = await run(backend, 'queues', 'pause', queue)
  expect(pause).toMatchObject({
    code: 1,
    err: expect.stringMatching(/Put a store beside it.*TASQ_UNSUPPORTED/),
  })
  expect(await answer(backend, 'queues', 'purge', queue, '--states', 'ready', '--yes')).toMatchObject({
    done: 1,
  })
})

test('a look makes no database', async () => {
  const folder = userFolder()
  const { code, err } = await finish(folder, 'queues')
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('There is no database') })
})
