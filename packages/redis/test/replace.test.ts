import type { TaskDelivery } from '@tasq/core/driver'
import { callId, newTask, QUEUE, reserveCall, type TaskFields } from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { testPrefix } from './support/harness.ts'
import { opened } from './support/own-server.ts'

const ID = 'the task'
const SMALL = { bytes: new Uint8Array([1, 2, 3]), encoding: 'small' }
/** One that stands apart from its record. */
const LARGE = { bytes: new Uint8Array(50_000).fill(7), encoding: 'large' }
const ODD_KEY = 'a/b"c\\d\u0001\u007f ]] ,5]] "ü 🐢'

/** What is delivered once one task has taken the place of another, and after these the next ones. */
async function replaced(old: TaskFields, ...next: readonly TaskFields[]): Promise<TaskDelivery> {
  const driver = await opened({ url: inject('redisUrl'), keyPrefix: testPrefix() })
  await driver.enqueue({ callId: callId(), tasks: [newTask({ id: ID, ...old })] })
  for (const fields of next) {
    expect(await driver.inspection.replace({ queue: QUEUE, id: ID }, newTask(fields))).toBe('changed')
  }
  const [delivery] = await driver.reserve(reserveCall())
  if (delivery?.kind !== 'task') return expect.fail()
  expect(await driver.reserve(reserveCall())).toEqual([])
  return delivery
}

test('the unique key stays as it was, with its window, however often', async () => {
  for (const unique of [{ key: ODD_KEY, windowMs: 60_000 }, { key: ODD_KEY }]) {
    const headers = { odd: '],["key",5]]' }
    const once = await replaced({ unique, headers: { old: 'x' } }, { headers })
    expect(once.envelope).toMatchObject({ id: ID, unique, headers })
    const twice = await replaced({ unique }, { headers, delayMs: 60_000 }, { unique: { key: 'another' } })
    expect(twice.envelope).toMatchObject({ unique })
    expect(twice.envelope.headers).toBeUndefined()
  }
  const without = await replaced({}, { unique: { key: 'another' } })
  expect(without.envelope.unique).toBeUndefined()
})

test('payloads come and go whole, wherever they stand', async () => {
  for (const [from, to] of [
    [SMALL, LARGE],
    [LARGE, SMALL],
    [LARGE, { ...LARGE, bytes: new Uint8Array(9_000) }],
  ] as const) {
    const unique = { key: 'key' }
    const { payload } = (await replaced({ payload: from, unique }, { payload: to })).envelope
    expect(payload.encoding).toBe(to.encoding)
    expect(Buffer.from(payload.bytes).equals(Buffer.from(to.bytes))).toBe(true)
  }
})
