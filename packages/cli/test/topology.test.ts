import { write } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { start } from './support/processes.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

/** By label of the notes that a worker has run, how many of them ran at the same time at most. */
function mostAtOnce(lines: readonly string[]): Readonly<Record<string, number>> {
  const most: Record<string, number> = {}
  for (const line of lines) {
    const [, label, running] = /^start (\S+) .* (\d+)$/.exec(line) ?? []
    if (label !== undefined) most[label] = Math.max(most[label] ?? 0, Number(running))
  }
  return most
}

test('a worker that is told nothing runs ten tasks of the queue default at a time, of SQLite in ./tasq.db [A1, A3, A4]', async () => {
  const folder = userFolder()
  write(folder, 'tasq.config.mjs', `export default { tasks: ['tasks.mjs'] }`)
  const store = new Store(folder, 'tasq.db')
  for (let n = 0; n < 12; n++) await store.add('note', { label: 'a', until: 'told-to-end' })
  const worker = start(folder, 'worker')
  await expect.poll(() => store.counts()).toMatchObject({ ready: 2, active: 10 })
  write(folder, 'told-to-end', '')
  await expect.poll(() => store.counts()).toMatchObject({ ready: 0, active: 0 })
  worker.process.kill('SIGTERM')
  expect(await worker.ended, worker.err.text()).toBe(0)
  expect(mostAtOnce(worker.out.lines())).toEqual({ a: 10 })
})

test('workers in processes of their own keep each to its queue and its concurrency [A39]', async () => {
  const folder = userFolder()
  const store = new Store(folder)
  const sizes = { urgent: 4, usual: 2, slow: 1 }
  for (const queue of Object.keys(sizes)) {
    for (let n = 0; n < 6; n++) await store.add('note', { label: queue, ms: 50 }, { queue })
  }
  const workers = Object.entries(sizes).map(([queue, size]) => {
    const flags = ['--queues', queue, '--concurrency', String(size), '--prefetch', '0', '--max-tasks', '6']
    return start(folder, 'worker', '--tasks', 'tasks.mjs', ...flags)
  })
  for (const worker of workers) expect(await worker.ended, worker.err.text()).toBe(0)
  expect(workers.map(({ out }) => mostAtOnce(out.lines()))).toEqual([
    { urgent: 4 },
    { usual: 2 },
    { slow: 1 },
  ])
})
