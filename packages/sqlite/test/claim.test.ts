import { systemClock } from '@tasq/core/driver'
import { callId, newTask, newTasks, QUEUE } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { sqlite } from '../src/index.ts'
import { resolveSqliteOptions } from '../src/options.ts'
import { claim, lookAhead } from '../src/procedures/claim.ts'
import { SqliteSession, type Statements } from '../src/session.ts'
import { temporaryFile } from './support/fixtures.ts'

const NORMAL = { name: QUEUE, max: 10, priorities: { lowest: -25, highest: 24 } }

/** A file with 3 tasks of each priority but these. */
async function fileWithout(without: (priority: number) => boolean): Promise<string> {
  const file = temporaryFile()
  const driver = sqlite({ file, synchronous: 'normal' })
  await driver.open()
  const priorities = Array.from({ length: 256 }, (_, index) => index - 128).filter((each) => !without(each))
  for (const priority of priorities)
    await driver.enqueue({ callId: callId(), tasks: newTasks(3, { priority }) })
  await driver.close()
  return file
}

/** Runs work in one transaction; answers what it gave, and how many statements it took. */
async function counted<Result>(file: string, work: (statements: Statements, now: number) => Result) {
  const session = new SqliteSession(resolveSqliteOptions({ file }))
  await session.open()
  let count = 0
  const result = await session.write((statements) => {
    const counting = new Proxy(statements, {
      get: (target, method) => {
        count++
        return Reflect.get(target, method)
      },
    })
    return work(counting, Math.round(systemClock.now()) + 1_000)
  })
  session.close()
  return { result, count }
}

test('a look for some priorities takes one step of the index, however many others wait', async () => {
  const file = await fileWithout((priority) => priority >= -25 && priority <= 24)
  const { result, count } = await counted(file, (statements, now) => lookAhead(statements, [NORMAL], now))
  expect(result).toEqual({ hasReady: false, nextDueAt: null })
  expect(count).toBe(1)
})

test('a claim of some priorities takes only the steps that lead to its tasks', async () => {
  const file = await fileWithout((priority) => priority > -25 && priority <= 24 && priority !== 7)
  const { result, count } = await counted(file, (statements, now) =>
    claim(statements, [NORMAL], 10, 'token', now),
  )
  expect(result.map(({ priority }) => priority)).toEqual([7, 7, 7, -25, -25, -25])
  expect(count).toBe(2 * (1 + 3)) // of each level its priority, and claim, read and delete
})

test('when the next task is due is told of the priorities that were asked for', async () => {
  const file = temporaryFile()
  const driver = sqlite({ file, synchronous: 'normal' })
  await driver.open()
  const soon = newTask({ priority: 100, delayMs: 60_000 })
  const later = newTask({ priority: 0, delayMs: 600_000 })
  await driver.enqueue({ callId: callId(), tasks: [soon, later] })
  await driver.close()
  const { result } = await counted(file, (statements, now) => [
    lookAhead(statements, [NORMAL], now).nextDueAt,
    lookAhead(statements, [{ name: QUEUE, max: 10 }], now).nextDueAt,
  ])
  const [ofNormal, ofAll] = result
  expect((ofNormal ?? 0) - (ofAll ?? 0)).toBe(540_000)
})
