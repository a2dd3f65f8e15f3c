import { defineTask } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { answer, type Backend, run, sqliteAndRedis } from './support/backends.ts'
import { brokerFlags, onRabbitmq } from './support/broker-trials.ts'
import { finish, start } from './support/processes.ts'
import { userFolder } from './support/user-folder.ts'

const note = defineTask({ name: 'note', queue: 'mail' })
const hold = defineTask({ name: 'hold', queue: 'mail' })

/** A worker that others can see. */
async function worker({ app, folder, flags }: Backend, id: string, ...more: readonly string[]) {
  const argv = ['worker', '--tasks', 'tasks.mjs', '--queues', 'mail', '--worker-id', id, ...more, ...flags]
  const program = start(folder, ...argv)
  await expect.poll(() => app.workers.get(id)).toMatchObject({ pid: program.process.pid, state: 'running' })
  return program
}

describe.each(sqliteAndRedis(11))('tasq workers on $name', ({ make }) => {
  test('lists those of all processes, with what they tell of themselves [C10, C30]', async () => {
    const backend = await make()
    const program = await worker(backend, 'pod-1', '--concurrency', '3')
    const { code, out, err } = await run(backend, 'workers')
    expect(code, err).toBe(0)
    expect(out).toMatch(/^id +host +pid/)
    expect(out).toMatch(new RegExp(`^pod-1 .* ${program.process.pid} .* mail +running +0/3 `, 'm'))
    expect(await answer(backend, 'workers')).toMatchObject({
      workers: [
        { workerId: 'pod-1', pid: program.process.pid, concurrency: 3, queues: ['mail'], tasksProcessed: 0 },
      ],
    })
  })

  test('pauses and resumes one: it takes nothing, and goes on', async () => {
    const backend = await make()
    const { app } = backend
    await worker(backend, 'pod-1')
    expect(await answer(backend, 'workers', 'pause', 'pod-1')).toMatchObject({
      workers: [{ workerId: 'pod-1', state: 'paused' }],
    })
    await app.enqueue(note)
    expect(await app.workers.get('pod-1')).toMatchObject({ state: 'paused' })
    expect(await app.queue('mail').counts()).toMatchObject({ ready: 1, active: 0 })
    expect(await answer(backend, 'workers', 'resume', 'pod-1')).toMatchObject({
      workers: [{ state: 'running' }],
    })
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ ready: 0, active: 0 })
  })

  test('stops one, which may end what it runs, or not', async () => {
    const backend = await make()
    const { app } = backend
    const program = await worker(backend, 'pod-1')
    await app.enqueue(hold)
    await program.out.line(/holding/)
    const stopped = await answer(backend, 'workers', 'stop', 'pod-1', '--no-wait')
    expect(stopped).toMatchObject({ workers: [{ workerId: 'pod-1', state: expect.stringMatching(/^stop/) }] })
    expect(await program.ended).toBe(0)
    expect(program.err.text()).toContain('1 handed back')
    await expect.poll(() => app.queue('mail').counts()).toMatchObject({ ready: 1, active: 0 })
  })

  test('sets how many tasks one runs at the same time', async () => {
    const backend = await make()
    const { app } = backend
    const program = await worker(backend, 'pod-1', '--concurrency', '1', '--prefetch', '0')
    await app.enqueueMany(hold, [undefined, undefined])
    await program.out.line(/holding/)
    const set = await answer(backend, 'workers', 'set-concurrency', 'pod-1', '2')
    expect(set).toMatchObject({ workers: [{ workerId: 'pod-1', concurrency: 2 }] })
    await expect.poll(() => program.out.lines().filter((line) => line === 'holding').length).toBe(2)
  })

  test('an order to a worker that is not there is an error that names those that are near', async () => {
    const backend = await make()
    await worker(backend, 'pod-1')
    for (const argv of [
      ['pause', 'pod-2'],
      ['resume', 'pod-2'],
      ['stop', 'pod-1', 'pod-2'],
      ['set-concurrency', 'pod-2', '3'],
    ]) {
      const { code, out, err } = await run(backend, 'workers', ...argv)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain("There is no worker 'pod-2'. Did you mean pod-1? [TASQ_NOT_THERE]")
    }
    expect(await backend.app.workers.get('pod-1')).toMatchObject({ state: 'running' })
  })

  test('an order that a dead worker does not hear is no success; cleanup forgets it [C11, C33]', async () => {
    const backend = await make()
    const program = await worker(backend, 'pod-1')
    program.process.kill('SIGKILL')
    await program.ended
    const { code, err } = await run(backend, 'workers', 'pause', 'pod-1')
    expect({ code, err }).toEqual({
      code: 1,
      err: expect.stringMatching(/not obeyed within 15s: pod-1 \(its last heartbeat was .*TASQ_NO_EFFECT/),
    })
    expect(await answer(backend, 'cleanup', '--stale-seconds', '600')).toEqual({ removed: 0 })
    expect((await run(backend, 'cleanup', '--stale-seconds', '1')).out).toBe('1 silent worker forgotten\n')
    expect((await run(backend, 'cleanup')).out).toMatch(/^No worker was forgotten/)
    expect(await backend.app.workers.list()).toEqual([])
  }, 60_000)
})

test('workers and cleanup take an app by its name alone', async () => {
  const folder = userFolder()
  const program = start(folder, 'worker', './app.mjs#tasq', '--worker-id', 'pod-1')
  const listed = async () => JSON.parse((await finish(folder, 'workers', './app.mjs#tasq', '--json')).out)
  await expect.poll(listed).toMatchObject({ workers: [{ workerId: 'pod-1' }] })
  program.process.kill('SIGKILL')
  await program.ended
  const cleaned = await finish(folder, 'cleanup', './app.mjs#tasq', '--stale-seconds', '0')
  expect(cleaned).toMatchObject({ code: 0, out: '1 silent worker forgotten\n' })
})

test.each([
  ['puase', 'pause'],
  ['puase pod-1', 'pause'],
  ['stpo pod-1 pod-2', 'stop'],
])('workers %s is no app: it suggests %s', async (line, meant) => {
  const { code, err } = await finish(userFolder(), 'workers', ...line.split(' '))
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining(`did you mean ${meant}?`) })
})

test('a broker has no list of workers, and says what to do', async () => {
  await onRabbitmq().open()
  const backend = { folder: userFolder('rabbitmq'), flags: brokerFlags('rabbitmq') }
  for (const argv of [['workers'], ['workers', 'pause', 'a'], ['cleanup']]) {
    const { code, err } = await run(backend, ...argv)
    expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('Put a store beside it') })
  }
})
