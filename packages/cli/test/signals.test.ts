import { gone, startNode, write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { BIN, start } from './support/processes.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

const WORKER = ['worker', '--tasks', 'tasks.mjs']

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} lets what runs come to its end, starts nothing more, and ends with 0 [A38, C1]`, async () => {
    const folder = userFolder()
    const store = new Store(folder)
    await store.add('note', { label: 'slow', until: 'told-to-end' })
    await store.add('note', { label: 'next' })
    const worker = start(folder, ...WORKER, '--concurrency', '1')
    await worker.out.line(/start slow/)
    worker.process.kill(signal)
    expect(await worker.err.line(/stopping/)).toContain('1 still running')
    write(folder, 'told-to-end', '')
    expect(await worker.ended, worker.err.text()).toBe(0)
    expect(worker.out.lines().at(-1)).toBe('end slow')
    expect(worker.err.text()).toContain('stopped: 1 done')
    expect(await store.counts()).toMatchObject({ ready: 1, active: 0 })
  })

  test(`a second ${signal} stops at once, even if a task ignores its signal, and hands the task back`, async () => {
    const folder = userFolder()
    const store = new Store(folder)
    await store.add('deaf')
    const worker = start(folder, ...WORKER)
    await worker.out.line(/deaf/)
    worker.process.kill(signal)
    expect(await worker.err.line(/stopping/)).toContain('a second signal stops it at once')
    const sentAt = performance.now()
    worker.process.kill(signal)
    expect(await worker.ended, worker.err.text()).toBe(0)
    expect(performance.now() - sentAt).toBeLessThan(5_000)
    expect(worker.err.text()).toContain('stopped: 0 done, 0 failed, 1 handed back, 1 abandoned')
    expect(await store.tasks('ready')).toMatchObject([{ task: 'deaf', attempts: 0 }])
  })

  test(`${signal} ends a worker that has nothing to do`, async () => {
    const worker = start(userFolder(), ...WORKER)
    await worker.err.line(/online/)
    worker.process.kill(signal)
    expect(await worker.ended).toBe(0)
    expect(worker.err.text()).not.toContain('stopping')
  })
}

test('a parent with a channel that dies takes its worker along, which ends its work first although nobody reads its output', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  await store.add('tidy')
  const flags = ['--shutdown-timeout', '0', '--abort-grace', '10s']
  const parent = startNode(['parent.mjs', 'later', BIN, ...WORKER, ...flags], { cwd: folder })
  const pid = Number((await parent.out.line(/^pid/)).slice(4))
  await parent.out.line(/working/)
  parent.process.kill('SIGKILL')
  await gone(pid)
  expect(await store.tasks('ready')).toMatchObject([{ task: 'tidy', attempts: 0 }])
})

test('a parent that dies before its worker is up takes it along as well', async () => {
  const folder = userFolder()
  const parent = startNode(['parent.mjs', 'at-once', BIN, ...WORKER], { cwd: folder })
  expect(await parent.ended).toBe('SIGKILL')
  await gone(Number((await parent.out.line(/^pid/)).slice(4)))
})

test('what a module keeps open does not keep a worker or an enqueue from ending', async () => {
  const folder = userFolder()
  const tasks = ['--tasks', 'busy.mjs', 'tasks.mjs']
  write(folder, 'busy.mjs', `setInterval(() => {}, 1_000)\nexport { note } from './tasks.mjs'`)
  const enqueue = start(folder, 'enqueue', 'note', '--tasks', 'busy.mjs')
  expect(await enqueue.ended, enqueue.err.text()).toBe(0)
  const worker = start(folder, 'worker', ...tasks, '--max-tasks', '1')
  expect(await worker.ended, worker.err.text()).toBe(0)
})
