import { expect, test } from 'vitest'
import { newRowOf } from '../src/columns.ts'
import { openDriverOn } from './support/driver.ts'
import { NOW, newTask } from './support/rows.ts'

const write = { kind: 'control', key: 'a', value: '{}', version: 'v1', ifVersion: null }

test('records are read as the dialect gives them', async () => {
  const reading = { records: [], now: NOW }
  const { driver, calls } = await openDriverOn({ read: async () => reading })
  expect(await driver.coordination.read('control')).toBe(reading)
  await driver.coordination.read('control', 'mail')
  expect(calls).toEqual([
    ['read', 'control', undefined],
    ['read', 'control', 'mail'],
  ])
})

test('a write hands on its tasks as rows', async () => {
  const { driver, calls } = await openDriverOn({ write: async () => 'conflict' })
  const tasks = [newTask({ id: '1' }), newTask({ id: '2' }, { dueAt: NOW })]
  expect(await driver.coordination.write({ scope: 'mail', writes: [write], tasks })).toBe('conflict')
  expect(await driver.coordination.write({ scope: '', writes: [write] })).toBe('conflict')
  expect(calls).toEqual([
    ['write', 'mail', [write], tasks.map(newRowOf)],
    ['write', '', [write], []],
  ])
})

test('a replacement is a row, and what is kept is counted by the dialect', async () => {
  const { driver, calls } = await openDriverOn({ replace: async () => 'changed', keepNewest: async () => 3 })
  const ref = { queue: 'mail', id: '1' }
  expect(await driver.inspection.replace(ref, newTask({ id: '2' }))).toBe('changed')
  expect(await driver.retention.keepNewest('mail', 'dead', 10, 100)).toBe(3)
  expect(calls).toEqual([
    ['replace', ref, newRowOf(newTask({ id: '2' }))],
    ['keepNewest', 'mail', 'dead', 10, 100],
  ])
})

test.each([
  { name: 'tasks of a write', from: 'mail', tasks: [newTask({ queue: 'mail' })], wakes: true },
  { name: 'a write without tasks', from: 'mail', tasks: [], wakes: false },
])('$name: those who wait are woken: $wakes', async ({ from, tasks, wakes }) => {
  const parts = await openDriverOn({ write: async () => 'written' })
  expect(
    await isWokenBy(parts, () => parts.driver.coordination.write({ scope: from, writes: [write], tasks })),
  ).toBe(wakes)
})

test('follow-ups wake those who wait for their queue', async () => {
  const parts = await openDriverOn({ settle: async () => ['applied'] })
  const lease = { queue: 'other', id: '1', token: 'mine' }
  const complete = { kind: 'complete', lease, attempt: 1, keepMs: undefined, result: undefined } as const
  expect(await isWokenBy(parts, () => parts.driver.settle([complete]))).toBe(false)
  const followUps = [newTask({ queue: 'mail' })]
  expect(await isWokenBy(parts, () => parts.driver.settle([{ ...complete, followUps }]))).toBe(true)
})

/** Whether somebody who waits for the queue `mail` is told of what is done, and does not wait to the end. */
async function isWokenBy(
  { wakeups, clock }: Awaited<ReturnType<typeof openDriverOn>>,
  work: () => Promise<unknown>,
): Promise<boolean> {
  const subscription = wakeups.subscribe(['mail'])
  await work()
  const start = clock.now()
  const end = subscription.wait(60_000).then(() => clock.now())
  await clock.advance(60_000)
  subscription.close()
  return (await end) === start
}
