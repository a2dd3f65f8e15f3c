import { defineTask } from '@tasq/core'
import { describe, expect, test } from 'vitest'
import { answer, run, sqliteAndRedis } from './support/backends.ts'
import { brokerFlags } from './support/broker-trials.ts'
import { finish } from './support/processes.ts'
import { tasqIn } from './support/run.ts'
import { userFolder } from './support/user-folder.ts'

const note = defineTask({ name: 'note', queue: 'mail' })

describe.each(sqliteAndRedis(12))('tasq schedules on $name', ({ make }) => {
  async function filled() {
    const backend = await make()
    const { schedules } = backend.app
    await schedules.set({ id: 'nightly', task: note, cron: '0 3 * * *', timezone: 'Europe/Berlin' })
    await schedules.set({ id: 'often', task: note, every: '1h' })
    return { backend, schedules }
  }

  test('lists them with their times and runs', async () => {
    const { backend } = await filled()
    const { out } = await run(backend, 'schedules')
    expect(out).toMatch(/^nightly +note +mail +0 3 \* \* \* \(Europe\/Berlin\) +active +in .* never +0$/m)
    expect(out).toMatch(/^often +note +mail +every 1h +active /m)
    expect(await answer(backend, 'schedules')).toMatchObject({
      schedules: [{ id: 'nightly', timezone: 'Europe/Berlin', nextRun: expect.any(String) }, { id: 'often' }],
    })
  })

  test('next tells when one will run', async () => {
    const { backend, schedules } = await filled()
    const { next } = await answer(backend, 'schedules', 'next', 'nightly', '--count', '2')
    const expected = await schedules.next('nightly', 2)
    expect(next).toEqual(expected.map((date) => date.toISOString()))
    expect((await run(backend, 'schedules', 'next', 'nightly')).out.trimEnd().split('\n')).toHaveLength(5)
  })

  test('run enqueues its task now', async () => {
    const { backend, schedules } = await filled()
    const ran = await answer(backend, 'schedules', 'run', 'nightly')
    const { items } = await backend.app.queue('mail').tasks('ready')
    expect(ran).toMatchObject({
      schedules: [{ id: 'nightly', task: 'note', taskId: items[0]?.id, queue: 'mail' }],
    })
    expect(await schedules.get('nightly')).toMatchObject({ runs: 1, lastRun: { cause: 'trigger' } })
  })

  test('pause, resume and remove change those that are named', async () => {
    const { backend, schedules } = await filled()
    await answer(backend, 'schedules', 'pause', 'nightly', 'often')
    expect(await schedules.list()).toMatchObject([{ state: 'paused' }, { state: 'paused' }])
    await answer(backend, 'schedules', 'resume', 'often')
    expect(await schedules.list()).toMatchObject([{ state: 'paused' }, { state: 'active' }])
    await answer(backend, 'schedules', 'remove', 'nightly')
    expect(await schedules.list()).toMatchObject([{ id: 'often' }])
  })

  test.each([['next'], ['run'], ['pause'], ['resume'], ['remove']])(
    '%s of an unknown one changes nothing, and names those that are near',
    async (name) => {
      const { backend, schedules } = await filled()
      const ids = name === 'next' ? ['nihgtly'] : ['often', 'nihgtly']
      const { code, out, err } = await run(backend, 'schedules', name, ...ids)
      expect({ code, out }).toEqual({ code: 1, out: '' })
      expect(err).toContain("There is no schedule 'nihgtly'. Did you mean nightly? [TASQ_NOT_THERE]")
      expect(await schedules.list()).toMatchObject([
        { id: 'nightly' },
        { id: 'often', state: 'active', runs: 0 },
      ])
    },
  )
})

test('prune removes what code has declared and that of the app does not any more', async () => {
  const folder = userFolder()
  const worker = ['worker', './scheduled-app.mjs', '--run-for', '100ms']
  // Declared by a process with another environment; this one must not keep the module of it.
  const { startNode } = await import('@tasq/test-support')
  const { BIN } = await import('./support/processes.ts')
  expect(await startNode([BIN, ...worker], { cwd: folder, env: { OLDER: '1' } }).ended).toBe(0)
  const list = async () => JSON.parse((await finish(folder, 'schedules', '--json')).out).schedules
  expect(await list()).toMatchObject([{ id: 'nightly' }, { id: 'older' }])
  const prune = ['schedules', 'prune', '--app', './scheduled-app.mjs']
  const asked = await finish(folder, ...prune)
  expect(asked).toMatchObject({
    code: 2,
    err: expect.stringContaining('To remove 1 schedules (older) needs'),
  })
  expect((await finish(folder, ...prune, '--dry-run')).out).toBe('older\n')
  expect(await list()).toHaveLength(2)
  expect((await finish(folder, ...prune, '--yes')).out).toBe('older\n')
  expect(await list()).toMatchObject([{ id: 'nightly' }])
})

test('prune without an app would remove those of all apps, and is refused', async () => {
  const run = await tasqIn({}, userFolder(), 'schedules', 'prune', '--yes')
  expect(run).toMatchObject({ code: 2, err: expect.stringContaining('Name it: --app') })
})

test('a broker keeps no schedules, and says what to do', async () => {
  const { code, err } = await finish(userFolder('rabbitmq'), 'schedules', ...brokerFlags('rabbitmq'))
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('Put a store beside it') })
})
