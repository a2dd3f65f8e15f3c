import assert from 'node:assert/strict'
import type { DeadLetter, DeadLetterFilter, DeadReason, Driver } from '@tasq/core/driver'
import { claim, enqueue, idsOfHeld } from './calls.ts'
import type { CaseContext } from './context.ts'
import { bury, settleAll } from './settlements.ts'
import { newTasks, QUEUE, type TaskFields } from './tasks.ts'

/** Tasks that are reserved and buried at once; gives their ids. */
export async function die(
  context: CaseContext,
  driver: Driver,
  count: number,
  fields: TaskFields = {},
  reason: DeadReason = 'exhausted',
): Promise<readonly string[]> {
  const tasks = newTasks(count, fields)
  await enqueue(driver, tasks)
  const held = await claim(context, driver, count, { queue: fields.queue ?? QUEUE })
  await settleAll(
    driver,
    held.map((delivery) => bury(delivery, { reason })),
  )
  return idsOfHeld(held)
}

/** All pages of a filter. */
export async function peekAll(
  driver: Driver,
  filter: DeadLetterFilter,
  limit = 100,
): Promise<readonly DeadLetter[]> {
  const letters: DeadLetter[] = []
  let cursor: string | undefined
  do {
    const page = await driver.deadLetters.peek({ ...filter, limit, cursor })
    assert.ok(page.items.length <= limit, 'a page holds no more than asked')
    letters.push(...page.items)
    assert.ok(letters.length < 10_000, 'the pages come to an end')
    cursor = page.cursor
  } while (cursor !== undefined)
  return letters
}
