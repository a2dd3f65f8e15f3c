import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import type { Program } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { resolveSqliteOptions } from '../src/options.ts'
import { SqliteSession } from '../src/session.ts'
import { run, temporaryFile } from './support/fixtures.ts'

const noop = defineTask({ name: 'noop' })

async function lockedByAnother(file: string): Promise<Program> {
  const other = run('lock.mjs', [file])
  await other.out.line('locked')
  return other
}

test('a lock held by another process is waited for without blocking the event loop', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite(file) })
  await tasq.open()
  const other = await lockedByAnother(file)
  const stored = tasq.enqueue(noop)
  // If the wait blocked, these timers would not fire before it is over, and the enqueue would meet a busy store.
  for (let turn = 0; turn < 20; turn++) await setTimeout(5)
  other.write('unlock')
  await stored
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('a lock that is held for too long is a busy store, and nothing is stored', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite({ file, busyTimeout: 50 }) })
  await tasq.open()
  const other = await lockedByAnother(file)
  const call = tasq.driver.enqueue({ callId: 'a.1', tasks: [] })
  await expect(call).rejects.toMatchObject({ code: 'TASQ_STORE_BUSY', retryable: true, outcome: 'refused' })
  other.write('unlock')
  await other.out.line('unlocked')
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 0 })
})

test('an enqueue outlasts a busy store by itself', async () => {
  const file = temporaryFile()
  await using tasq = createTasq({ driver: sqlite({ file, busyTimeout: 50 }) })
  await tasq.open()
  const other = await lockedByAnother(file)
  const retried = new Promise((resolve) => tasq.events.on('client:retry', resolve))
  const stored = tasq.enqueue(noop)
  await retried
  other.write('unlock')
  await stored
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('two apps of one process share a file', async () => {
  const file = temporaryFile()
  await using one = createTasq({ driver: sqlite(file) })
  await using other = createTasq({ driver: sqlite(file) })
  await Promise.all(Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? one : other).enqueue(noop)))
  expect(await one.queue('default').counts()).toMatchObject({ ready: 100 })
})

test.each([
  ['a file', temporaryFile],
  [':memory:', () => ':memory:'],
])('%s is all that a worker needs, and no server [S1, S16]', async (_, fileFor) => {
  const double = defineTask({ name: 'double', run: (number: number) => number * 2, keepResult: true })
  await using tasq = createTasq({ driver: sqlite(fileFor()), tasks: [double] })
  const worker = tasq.worker()
  await worker.start()
  const handle = await tasq.enqueue(double, 21)
  expect(await handle.result({ timeout: '5s' })).toBe(42)
})

test.each([
  { synchronous: undefined, level: 2, name: 'full, the default: what is acknowledged survives a power cut' },
  { synchronous: 'full' as const, level: 2, name: 'full' },
  { synchronous: 'normal' as const, level: 1, name: 'normal' },
])('SQLite itself says that synchronous is $name', async ({ synchronous, level }) => {
  const session = new SqliteSession(resolveSqliteOptions({ file: temporaryFile(), synchronous }))
  await session.open()
  expect(session.read((statements) => statements.first('PRAGMA synchronous'))).toEqual([level])
  expect(session.read((statements) => statements.first('PRAGMA journal_mode'))).toEqual(['wal'])
  session.close()
})
