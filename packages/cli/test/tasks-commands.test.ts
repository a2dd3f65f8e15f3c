import { randomUUID } from 'node:crypto'
import { defineTask } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { answer, die, run, sqliteAndRedis, sqlServers } from './support/backends.ts'
import { brokerFlags, onRabbitmq } from './support/broker-trials.ts'
import { start } from './support/processes.ts'
import { userFolder } from './support/user-folder.ts'

const note = defineTask({ name: 'note', queue: 'mail' })
const hold = defineTask({ name: 'hold', queue: 'mail' })

describe.each(sqliteAndRedis(9))('tasq tasks on $name', ({ make }) => {
  test('list shows the tasks of a queue in pages, and says where it was cut', async () => {
    const backend = await make()
    const { app } = backend
    const handles = await app.enqueueMany(note, Array(3).fill(undefined))
    await app.enqueue(note, undefined, { delay: '1h' })
    const first = await run(backend, 'tasks', 'list', 'mail', '--limit', '2')
    expect(first.code, first.err).toBe(0)
    expect(first.out.trimEnd().split('\n')).toHaveLength(3)
    const [, cursor = ''] = /--all, or --cursor (\S+)/.exec(first.err) ?? []
    const second = await answer(backend, 'tasks', 'list', 'mail', '--limit', '2', '--cursor', cursor)
    expect(second).toMatchObject({ tasks: [{ id: handles[2]?.id, state: 'ready' }, { state: 'scheduled' }] })
    expect(second).not.toHaveProperty('cursor')
    const all = await run(backend, 'tasks', 'list', 'mail', '--limit', '2', '--all', '--json')
    expect(
      all.out
        .trimEnd()
        .split('\n')
        .flatMap((line) => JSON.parse(line).tasks),
    ).toHaveLength(4)
  })

  test('show finds a task in whichever queue it is, with its errors, and their stacks with --verbose', async () => {
    const backend = await make()
    const { app } = backend
    await app.enqueue(note, undefined, { queue: 'other' })
    await die(backend, note, 1, { queue: 'mail' })
    const [letter] = (await app.queue('mail').deadLetters.list()).items
    const id = letter?.id ?? ''
    const shown = await run(backend, 'tasks', 'show', id)
    expect(shown.out).toMatch(/^state +dead \(exhausted\)$/m)
    expect(shown.out).toMatch(/^error 1 +\S+Z Error: no such luck$/m)
    expect(shown.out).not.toContain('work.js')
    expect((await run(backend, 'tasks', 'show', id, '--verbose')).out).toContain('work.js:0')
    expect(await answer(backend, 'tasks', 'show', id)).toMatchObject({
      id,
      queue: 'mail',
      failures: [{ attempt: 1 }],
    })
    const wrong = await run(backend, 'tasks', 'show', `${id.slice(0, -1)}_`)
    expect(wrong).toMatchObject({ code: 1, err: expect.stringContaining(`Did you mean ${id}`) })
  })

  test('show tells the progress of a running task', async () => {
    const backend = await make()
    const { app, folder, flags } = backend
    const { id } = await app.enqueue(defineTask({ name: 'tidy', queue: 'mail' }))
    const worker = start(folder, 'worker', '--tasks', 'tasks.mjs', '--queues', 'mail', ...flags)
    await worker.out.line(/working/)
    expect(await answer(backend, 'tasks', 'show', id)).toMatchObject({ state: 'active', attempts: 1 })
    await answer(backend, 'tasks', 'cancel', id)
    await worker.out.line(/tidied/)
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ active: 0 })
  })

  test('cancel ends a running task of another process, by its id and by its state', async () => {
    const backend = await make()
    const { app, folder, flags } = backend
    const [first] = await app.enqueueMany(hold, [undefined, undefined])
    const worker = start(folder, 'worker', '--tasks', 'tasks.mjs', '--queues', 'mail', ...flags)
    await expect.poll(() => worker.out.lines().filter((line) => line === 'holding').length).toBe(2)
    const one = await answer(backend, 'tasks', 'cancel', first?.id ?? '', '--reason', 'enough')
    expect(one).toEqual({ tasks: [{ id: first?.id, queue: 'mail', answer: 'requested' }] })
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ active: 1 })
    const rest = await answer(backend, 'tasks', 'cancel', '--queue', 'mail', '--state', 'active', '--yes')
    expect(rest).toMatchObject({ matching: 1, requested: 1 })
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ active: 0, ready: 0, scheduled: 0 })
  })

  test('retry, promote and remove act on what they are given, or say that they could not', async () => {
    const backend = await make()
    const { app } = backend
    await die(backend, note, 1, { queue: 'mail' })
    const [letter] = (await app.queue('mail').deadLetters.list()).items
    const dead = letter?.id ?? ''
    const later = await app.enqueue(note, undefined, { delay: '1h' })
    expect(await answer(backend, 'tasks', 'retry', dead)).toMatchObject({ tasks: [{ answer: 'changed' }] })
    expect(await answer(backend, 'tasks', 'promote', later.id)).toMatchObject({
      tasks: [{ answer: 'changed' }],
    })
    expect(await app.queue('mail').counts()).toMatchObject({ ready: 2, scheduled: 0, dead: 0 })
    const again = await run(backend, 'tasks', 'retry', dead)
    expect(again).toMatchObject({
      code: 1,
      err: expect.stringMatching(/1 of 1 could not be changed: .* is not dead/),
    })
    await answer(backend, 'tasks', 'remove', dead, later.id)
    expect(await app.queue('mail').counts()).toMatchObject({ ready: 0, scheduled: 0, dead: 0 })
  })

  test('a wrong id stops it before anything was done', async () => {
    const backend = await make()
    const { id } = await backend.app.enqueue(note)
    const { code, err } = await run(backend, 'tasks', 'remove', id, 'none')
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining("There is no task 'none'") })
    expect(await backend.app.queue('mail').counts()).toMatchObject({ ready: 1 })
  })

  test('many are previewed, agreed to, and changed as the filter says', async () => {
    const backend = await make()
    const { app } = backend
    const mail = app.queue('mail')
    await app.enqueueMany(note, Array(450).fill(undefined))
    await app.enqueueMany(hold, Array(5).fill(undefined))
    const filter = ['--queue', 'mail', '--state', 'ready', '--task', 'note']
    const asked = await run(backend, 'tasks', 'cancel', ...filter)
    expect(asked).toMatchObject({
      code: 2,
      err: expect.stringContaining("To cancel 450 ready tasks 'note' of queue mail needs a confirmation"),
    })
    expect(await mail.counts()).toMatchObject({ ready: 455 })
    const young = await answer(backend, 'tasks', 'cancel', ...filter, '--older-than', '1h', '--yes')
    expect(young).toEqual({ matching: 0, done: 0 })
    const done = await answer(backend, 'tasks', 'cancel', ...filter, '--yes')
    expect(done).toEqual({ matching: 450, done: 450, requested: 0, missed: 0 })
    expect(await mail.counts()).toMatchObject({ ready: 5 })
  })

  test('Ctrl-C stops between two steps, and says how far it got', async () => {
    const backend = await make()
    const { app, folder, flags } = backend
    await app.enqueueMany(note, Array(20_000).fill(undefined))
    const program = start(folder, 'tasks', 'remove', '--queue', 'mail', '--state', 'ready', '--yes', ...flags)
    await expect.poll(async () => (await app.queue('mail').counts()).ready).toBeLessThan(20_000)
    program.process.kill('SIGINT')
    expect(await program.ended, program.err.text()).toBe(1)
    const [, told = ''] = /Broken off: ([\d,]+) of 20,000 removed/.exec(program.err.text()) ?? []
    const { ready } = await app.queue('mail').counts()
    expect(ready).toBe(20_000 - Number(told.replaceAll(',', '')))
    expect(ready).toBeGreaterThan(0)
  }, 60_000)
})

test.each(sqlServers)('tasq tasks lists, shows and cancels on $name', async ({ make }) => {
  const backend = await make()
  const queue = randomUUID()
  const { id } = await backend.app.enqueue(note, undefined, { queue })
  expect(await answer(backend, 'tasks', 'list', queue)).toMatchObject({ tasks: [{ id }] })
  expect(await answer(backend, 'tasks', 'show', id)).toMatchObject({ id, queue })
  await answer(backend, 'tasks', 'cancel', '--queue', queue, '--state', 'ready', '--yes')
  expect(await backend.app.queue(queue).counts()).toMatchObject({ ready: 0 })
})

test('on a broker, tasks can not be looked at, which is said', async () => {
  const app = onRabbitmq()
  const queue = randomUUID()
  await app.enqueue(note, undefined, { queue })
  const backend = { folder: userFolder('rabbitmq'), flags: brokerFlags('rabbitmq') }
  const list = await run(backend, 'tasks', 'list', queue)
  expect(list).toMatchObject({
    code: 1,
    err: expect.stringMatching(/has no inspection. Use the tools of the backend itself.*TASQ_UNSUPPORTED/),
  })
  const show = await run(backend, 'tasks', 'show', 'a')
  expect(show).toMatchObject({ code: 2, err: expect.stringContaining('Name the queue.') })
})
