import { symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { startNode, write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { runCli } from '../src/index.ts'
import { rate } from '../src/output/format.ts'
import { BIN, finish, start } from './support/processes.ts'
import { tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

const ID = /^[0-9a-f]{8}-[0-9a-f-]{27}$/

test('enqueue prints the id on standard output, and nothing else there', async () => {
  const folder = userFolder()
  const { code, out, err } = await finish(folder, 'enqueue', 'note', '{"label": "a"}')
  const told = `created in queue default\n${join(folder, 'tasq.db')} was made for it: run workers in this folder\n`
  expect({ code, err }).toEqual({ code: 0, err: told })
  expect(out.trim()).toMatch(ID)
  expect(await new Store(folder).tasks('ready')).toMatchObject([{ id: out.trim(), input: { label: 'a' } }])
})

test('enqueue --json prints one line of JSON on standard output, and nothing elsewhere', async () => {
  const { code, out, err } = await finish(userFolder(), 'enqueue', 'note', '--json')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(JSON.parse(out)).toEqual({
    id: expect.stringMatching(ID),
    queue: 'default',
    task: 'note',
    status: 'created',
  })
})

test('a worker leaves standard output to its tasks', async () => {
  const folder = userFolder()
  await new Store(folder).add('note', { label: 'a' })
  const { out } = await finish(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '1')
  expect(out).toMatch(/^start a \S+ \S+ 1\nend a\n$/)
})

test('a reader that has gone stops neither an enqueue nor a worker', async () => {
  const folder = userFolder()
  const enqueue = start(folder, 'enqueue', 'note')
  enqueue.process.stdout?.destroy()
  enqueue.process.stderr?.destroy()
  expect(await enqueue.ended).toBe(0)
  const store = new Store(folder)
  await store.add('fail', undefined, { retry: { maxAttempts: 1 } })
  const worker = start(folder, 'worker', '--tasks', 'tasks.mjs', '--max-tasks', '2')
  worker.process.stdout?.destroy()
  worker.process.stderr?.destroy()
  expect(await worker.ended).toBe(0)
  expect(await store.counts()).toMatchObject({ ready: 0, active: 0, dead: 1 })
})

test('no stack trace without --verbose; with it, the causes too, wherever it stands', async () => {
  const folder = userFolder()
  write(folder, 'bad.mjs', `throw new Error('outer', { cause: new RangeError('inner') })`)
  const argv = ['worker', '--tasks', 'bad.mjs']
  const { err } = await tasq(folder, ...argv)
  expect(err.split('\n')).toEqual([expect.stringMatching(/outer.*\[TASQ_MODULE_NOT_LOADED\]$/)])
  for (const verbose of [
    ['--verbose', ...argv],
    [...argv, '--verbose'],
  ]) {
    const { code, err } = await tasq(folder, ...verbose)
    expect(code).toBe(1)
    expect(err).toMatch(/^ModuleError: .*^\s+at .*^Error: outer.*^RangeError: inner/ms)
  }
})

test('an error of somebody else is shown too, with how to see more of it', async () => {
  const folder = userFolder()
  const middleware = `middleware: [{ enqueue: () => { throw new Error('not today') } }]`
  write(
    folder,
    'strange.mjs',
    `import { createTasq } from '@tasq/core'; import { memory } from '@tasq/core/memory'
    import { note } from './tasks.mjs'
    export const tasq = createTasq({ driver: memory(), tasks: [note], ${middleware} })`,
  )
  const { code, err } = await tasq(folder, 'enqueue', 'note', '--app', 'strange.mjs')
  expect({ code, err }).toEqual({ code: 1, err: 'tasq: not today (--verbose shows where.)' })
})

test('runCli is a function: it has a terminal and a folder of its own, and leaves nothing behind', async () => {
  const folder = userFolder()
  const listeners = () => ['SIGTERM', 'SIGINT', 'disconnect'].map((name) => process.listenerCount(name))
  const before = listeners()
  const printed: string[] = []
  const terminal = {
    out: (line: string) => void printed.push(`out ${line}`),
    err: (line: string) => void printed.push(`err ${line}`),
  }
  expect(await runCli(['enqueue', 'quick'], { folder, terminal })).toBe(0)
  const worker = ['worker', '--tasks', 'tasks.mjs', '--max-tasks', '1', '--worker-id', 'here']
  expect(await runCli(worker, { folder, terminal })).toBe(0)
  expect(await runCli(['enqueue'], { folder, terminal })).toBe(2)
  expect(printed).toEqual([
    expect.stringMatching(/^out [0-9a-f-]{36}$/),
    'err created in queue default',
    `err ${join(folder, 'tasq.db')} was made for it: run workers in this folder`,
    expect.stringMatching(/^err .*"workerId":"here".*"msg":"starts, tasq/),
    expect.stringMatching(/^err .*"workerId":"here".*"msg":"online: queues default, concurrency 10"/),
    expect.stringMatching(/^err .*"msg":"offline"/),
    expect.stringMatching(/^err .*"msg":"stopped: 1 done, 0 failed, 0 handed back, 0 abandoned"/),
    expect.stringMatching(/^err tasq: missing required argument/),
  ])
  expect(listeners()).toEqual(before)
  expect(process.exitCode).toBeUndefined()
})

test('the command runs by a link, as npm makes it', async () => {
  const folder = userFolder()
  symlinkSync(BIN, join(folder, 'tasq'))
  const { ended, out } = startNode(['tasq', '--help'], { cwd: folder })
  expect(await ended).toBe(0)
  expect(out.text()).toContain('Usage: tasq')
})

test('rates are shown as far as they say something', () => {
  expect([0, 0.25, 9.96, 81.37, 7_949.39, undefined].map(rate)).toEqual([
    '0',
    '0.3',
    '10',
    '81',
    '7,949',
    '?',
  ])
})
