import type { NewTask, Settlement } from '@tasq/core/driver'
import { bury, callId, complete, type Held, newTask, reserveCall } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import type { PostgresDriver } from '../src/index.ts'
import { newStore, sortedTasks } from './support/store.ts'

const HOUR = 3_600_000
const QUEUE = 'tasks of broker'

/** What the conformance suite can't arrange: others hold and end tasks while a statement that is to admit them waits for a lock. */
async function whileAdmissionWaits(endings: readonly ((held: Held) => Settlement)[], areStored: boolean) {
  const store = newStore()
  const driver = await store.open()
  const [first = newTask(), ...others] = sortedTasks(2 + endings.length, { queue: QUEUE, delayMs: HOUR })
  await driver.enqueue({ callId: callId(), tasks: areStored ? [first, ...others] : [first] })
  const user = await store.connect()
  await user.query('BEGIN')
  await user.query(`SELECT 1 FROM ${store.schema}.tasq_tasks WHERE id = $1 FOR UPDATE`, [first.envelope.id])
  const waiting = admit(driver, [first, ...others])
  await store.untilBlocked(1)
  const held = await admitted(driver, others)
  const answers = await driver.settle(endings.flatMap((end, index) => end(held[index] ?? expect.fail())))
  expect(new Set(answers)).toEqual(new Set(['settled']))
  await user.query('COMMIT')
  return { answers: await waiting, driver }
}

const kept = (held: Held) => complete(held, { keepMs: HOUR })

test.each([
  { name: 'were there before', areStored: true },
  { name: 'were not there before', areStored: false },
])(
  'tasks that $name, and that others hold or end while an admission waits, are not admitted',
  async ({ areStored }) => {
    const { answers, driver } = await whileAdmissionWaits([kept, bury, kept], areStored)
    expect(answers).toMatchObject([
      { status: 'admitted', attempt: 1 },
      { status: 'finished' },
      { status: 'dead', reason: 'exhausted' },
      { status: 'finished' },
      { status: 'held' },
    ])
    expect(await driver.inspection.count([QUEUE])).toMatchObject([{ active: 2, finished: 2, dead: 1 }])
  },
)

test('one whose id a task of another queue has is not admitted, and that task is left alone', async () => {
  const driver = await newStore().open()
  const task = newTask()
  await driver.enqueue({ callId: callId(), tasks: [task] })
  const twin = { ...task, envelope: { ...task.envelope, queue: QUEUE } }
  expect(await admit(driver, [twin, newTask({ queue: QUEUE })])).toEqual([
    { status: 'held', forMs: 1 },
    { status: 'admitted', attempt: 1 },
  ])
  expect((await driver.reserve(reserveCall())).map(({ lease }) => lease.id)).toEqual([task.envelope.id])
})

async function admit(driver: PostgresDriver, tasks: readonly NewTask[], token = callId()) {
  return await driver.ledger.admit({ token, tasks: tasks.map(({ envelope }) => envelope) })
}

async function admitted(driver: PostgresDriver, tasks: readonly NewTask[]): Promise<readonly Held[]> {
  const token = callId()
  await admit(driver, tasks, token)
  return tasks.map(({ envelope: { queue, id } }) => ({ lease: { queue, id, token }, attempt: 1 }))
}
