import { readFileSync } from 'node:fs'
import { gone, isAlive, type Program, startNode, write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { BIN, finish } from './support/processes.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'
import { started, terminate, worker } from './support/workers.ts'

// `tasq worker --workers`: a process that looks after others, on SQLite. [C2] [C23]

/** The processes that work, once there are so many. */
async function pidsOf(store: Store, count: number): Promise<readonly number[]> {
  await expect.poll(() => store.workers(), { timeout: 20_000 }).toHaveLength(count)
  return (await store.workers()).map(({ pid }) => pid)
}

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} lets each process end what runs in it, and starts nothing more [C2]`, async () => {
    const folder = userFolder()
    const store = new Store(folder)
    const program = worker(folder, '--workers', '2', '--concurrency', '1', '--prefetch', '0')
    const pids = await pidsOf(store, 2)
    for (const label of ['a', 'b', 'c']) await store.add('note', { label, until: 'told-to-end' })
    await expect.poll(() => started(program)).toHaveLength(2)
    program.process.kill(signal)
    expect(await program.err.line(/stopping/)).toContain('a second signal stops it at once')
    expect(pids.every(isAlive)).toBe(true)
    const states = async () => (await store.workers()).map(({ state }) => state)
    await expect.poll(states).toEqual(['stopping', 'stopping']) // each has been told
    write(folder, 'told-to-end', '')
    expect(await program.ended, program.err.text()).toBe(0)
    expect(program.err.text()).toContain('stopped: 2 done, 0 failed, 0 handed back, 0 abandoned')
    await gone(...pids)
    expect(await store.counts()).toMatchObject({ ready: 1, active: 0 })
  })

  test(`a second ${signal} ends all of them at once, and their tasks are handed back`, async () => {
    const folder = userFolder()
    const store = new Store(folder)
    const program = worker(folder, '--workers', '2', '--concurrency', '1')
    const pids = await pidsOf(store, 2)
    for (let n = 0; n < 2; n++) await store.add('deaf')
    await expect.poll(() => program.out.lines()).toEqual(['deaf', 'deaf'])
    program.process.kill(signal)
    await program.err.line(/stopping/)
    program.process.kill(signal)
    expect(await program.ended, program.err.text()).toBe(0)
    await gone(...pids)
    expect(await store.tasks('ready')).toMatchObject([{ attempts: 0 }, { attempts: 0 }])
  })
}

test('a signal to the whole group, as from a terminal, drains as well', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  const argv = [BIN, 'worker', '--tasks', 'tasks.mjs', '--workers', '2', '--concurrency', '1']
  const program = startNode(argv, { cwd: folder, detached: true })
  await pidsOf(store, 2)
  await store.add('note', { label: 'slow', until: 'told-to-end' })
  await program.out.line(/start slow/)
  process.kill(-(program.process.pid ?? Number.NaN), 'SIGINT')
  await program.err.line(/stopping/)
  write(folder, 'told-to-end', '')
  expect(await program.ended, program.err.text()).toBe(0)
  expect(program.out.lines().at(-1)).toBe('end slow')
})

test('a process that is killed is replaced, and its task is done by another one [C23]', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  await store.add(
    'note',
    { label: 'a', until: 'told-to-end' },
    { visibilityTimeout: '3s', retry: { delay: 0 } },
  )
  const program = worker(folder, '--workers', '1', '--worker-id', 'pod')
  await program.out.line(/start a default pod-1/)
  const [first] = await pidsOf(store, 1)
  process.kill(first ?? Number.NaN, 'SIGKILL')
  await program.err.line(/has ended by itself, with SIGKILL/)
  write(folder, 'told-to-end', '')
  await program.out.line(/end a/)
  expect(started(program)).toEqual(['a', 'a'])
  await terminate(program)
  expect(await store.counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
})

test('whoever looks after them is killed: they end what runs and go', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  const program = worker(folder, '--workers', '2')
  const pids = await pidsOf(store, 2)
  program.process.kill('SIGKILL')
  await gone(...pids)
  expect(await store.workers()).toEqual([])
})

test('a reader that has gone does not stop them', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  const program = worker(folder, '--workers', '2', '--stop-when-empty', '--poll-interval', '500ms')
  program.process.stdout?.destroy()
  program.process.stderr?.destroy()
  for (let n = 0; n < 5; n++) await store.add('note', { ms: 50 })
  expect(await program.ended).toBe(0)
  expect(await store.counts()).toMatchObject({ ready: 0, active: 0, dead: 0 })
})

test('too many failures in one of them end all, with code 1', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  for (let n = 0; n < 10; n++) await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
  const flags = ['--workers', '2', '--concurrency', '1', '--prefetch', '0', '--max-failures', '2']
  const program = worker(folder, ...flags)
  expect(await program.ended).toBe(1)
  expect(program.err.text()).toContain('TASQ_TOO_MANY_FAILURES')
})

test('processes that do not come up end it with what they said', async () => {
  const folder = userFolder()
  write(
    folder,
    'only-once.mjs',
    `if (process.send !== undefined) throw new Error('not in a child')
    export { note } from './tasks.mjs'`,
  )
  const { code, err } = await finish(folder, 'worker', '--tasks', 'only-once.mjs', '--workers', '1')
  expect({ code, err }).toEqual({ code: 1, err: expect.stringMatching(/not in a child.*\[TASQ_POOL/) })
})

test.each([
  ['a module', ['./app.mjs#tasq'], {}],
  ['the config file', [], { 'tasq.config.mjs': `export { tasq as default } from './app.mjs'` }],
  [
    'a module that the config file names',
    [],
    { 'tasq.config.mjs': `export default { app: './app.mjs#tasq' }` },
  ],
])('each process has the app of %s', async (_, argv, files) => {
  const folder = userFolder()
  for (const [name, text] of Object.entries(files)) write(folder, name, text)
  await new Store(folder, 'app.db').add('note', { label: 'a' }, { queue: 'of-the-app' })
  const { code, out, err } = await finish(folder, 'worker', ...argv, '--workers', '1', '--stop-when-empty')
  expect({ code, out }, err).toEqual({ code: 0, out: expect.stringContaining('start a of-the-app') })
})

test('settings for other drivers in the environment are left alone there as well', async () => {
  const folder = userFolder()
  await new Store(folder).add('note', { label: 'a' })
  write(folder, '.env', 'TASQ_REDIS_URL=redis://nowhere\n')
  const { code, out, err } = await finish(
    folder,
    ...['worker', '--tasks', 'tasks.mjs', '--workers', '1', '--stop-when-empty'],
  )
  expect({ code, out }, err).toEqual({ code: 0, out: expect.stringContaining('start a') })
})

test('what flags say is in no argument and no variable of a process', async () => {
  const folder = userFolder()
  const store = new Store(folder, 'hush-hush.db')
  const program = worker(folder, '--workers', '1', '--sqlite-file', 'hush-hush.db')
  const [pid] = await pidsOf(store, 1)
  if (process.platform === 'linux') {
    const told = ['cmdline', 'environ'].map((file) => readFileSync(`/proc/${pid}/${file}`, 'utf8')).join('\n')
    expect(told).not.toContain('hush-hush')
  }
  await terminate(program)
})

test('tasks in memory can’t be shared with processes', async () => {
  const folder = userFolder()
  const { code, err } = await finish(folder, 'worker', './watched-app.mjs', '--workers', '2')
  expect({ code, err }).toEqual({
    code: 2,
    err: expect.stringContaining('Tasks in memory are in one process'),
  })
})

test('the log of each process carries its pid, at the same level and in the same format', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  await store.add('quick')
  const flags = ['--workers', '2', '--log-level', 'debug', '--log-format', 'json', '--stop-when-empty']
  const program: Program = worker(folder, ...flags)
  expect(await program.ended).toBe(0)
  const lines = program.err.lines().map((line): Record<string, unknown> => JSON.parse(line))
  const online = lines.filter(({ msg }) => String(msg).startsWith('online'))
  expect(new Set([program.process.pid, ...online.map(({ pid }) => pid)]).size).toBe(3)
  expect(lines).toContainEqual(
    expect.objectContaining({ level: 'debug', task: 'quick', attempt: 1, durationMs: expect.any(Number) }),
  )
})
