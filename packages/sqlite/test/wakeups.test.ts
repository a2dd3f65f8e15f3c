import { appendFileSync, writeFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { FileWakeups } from '../src/wakeups.ts'
import { temporaryFile } from './support/fixtures.ts'

// A commit is told when it is written to the log; on a disk that is slow it can be seen only much later.

test.each([1, 5, 11])('a commit that can be seen at the %dth look after its write is told', async (look) => {
  const file = temporaryFile()
  writeFileSync(`${file}-wal`, '')
  const told = Promise.withResolvers<void>()
  let isWritten = false
  let looks = 0
  const wakeups = new FileWakeups({
    file,
    dataVersion: () => (isWritten && ++looks >= look ? 2 : 1),
    onChange: () => (isWritten ? told.resolve() : undefined),
  })
  const stop = wakeups.want()
  isWritten = true
  appendFileSync(`${file}-wal`, 'frame')
  await told.promise
  expect(looks).toBe(look)
  stop()
  wakeups.close()
})

test('of two commits whose writes are told together both are told, however late the second can be seen', async () => {
  const file = temporaryFile()
  writeFileSync(`${file}-wal`, '')
  const both = Promise.withResolvers<void>()
  let looks = 0
  let changes = 0
  const wakeups = new FileWakeups({
    file,
    dataVersion: () => (++looks < 3 ? 1 : looks < 12 ? 2 : 3),
    onChange: () => (++changes === 3 ? both.resolve() : undefined), // the first change is the version that it starts from
  })
  const stop = wakeups.want()
  appendFileSync(`${file}-wal`, 'frames of two commits')
  await both.promise
  expect(looks).toBe(12)
  stop()
  wakeups.close()
})
