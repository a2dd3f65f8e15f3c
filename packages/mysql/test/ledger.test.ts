import type { NewTask, Settlement } from '@tasq/core/driver'
import { bury, callId, complete, type Held, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import { expect, onTestFinished, test } from 'vitest'
import { type MysqlDriver, mysql } from '../src/index.ts'
import { connectAsUser, lockWait, temporaryDatabase } from './support/database.ts'

const HOUR = 3_600_000
const QUEUE = 'tasks of broker'

async function openDriver(url: string): Promise<MysqlDriver> {
  const driver = mysql(url)
  await driver.open()
  onTestFinished(() => driver.close())
  return driver
}

type Ending = (held: Held) => Settlement

/** What the conformance suite can't arrange: others hold and end tasks after an admission has looked at them, and before it writes. */
async function whileAdmissionWaits(endings: readonly (Ending | undefined)[], areStored: boolean) {
  const url = await temporaryDatabase()
  const driver = await openDriver(url)
  const [first = newTask(), ...others] = newTasks(1 + endings.length, { queue: QUEUE, delayMs: HOUR })
  await driver.enqueue({ callId: callId(), tasks: areStored ? [first, ...others] : [first] })
  const user = await connectAsUser(url)
  await user.beginTransaction()
  await user.query(
    'SELECT 1 FROM tasq_waiting ORDER BY queue, urgency, ready_at, sequence LIMIT 1 FOR UPDATE',
  )
  const waiting = admit(driver, [first, ...others])
  await lockWait()
  const held = await admitted(driver, others)
  const answers = await driver.settle(
    endings.flatMap((end, index) => end?.(held[index] ?? expect.fail()) ?? []),
  )
  expect(new Set(answers)).toEqual(new Set(['settled']))
  await user.commit()
  return { answers: await waiting, driver }
}

const kept = (held: Held) => complete(held, { keepMs: HOUR })

test.each([
  { name: 'were there before', areStored: true },
  { name: 'were not there before', areStored: false },
])(
  'tasks that $name, and that others hold or end while an admission waits, are not admitted',
  async ({ areStored }) => {
    const { answers, driver } = await whileAdmissionWaits([kept, bury, kept, undefined], areStored)
    expect(answers).toMatchObject([
      { status: 'admitted', attempt: 1 },
      { status: 'finished' },
      { status: 'dead', reason: 'exhausted' },
      { status: 'finished' },
      { status: 'held' },
    ])
    expect(await driver.inspection.count([QUEUE])).toMatchObject([
      { scheduled: 0, active: 2, finished: 2, dead: 1 },
    ])
  },
)

test.each([
  { end: kept, areStored: true, status: 'finished' },
  { end: kept, areStored: false, status: 'finished' },
  { end: bury, areStored: false, status: 'dead' },
])(
  'one that ends while an admission waits, stored before: $areStored, is $status',
  async ({ end, areStored, status }) => {
    const { answers } = await whileAdmissionWaits([end], areStored)
    expect(answers).toMatchObject([{ status: 'admitted' }, { status }])
  },
)

test('one whose id a task of another queue has is not admitted, and that task is left alone', async () => {
  const driver = await openDriver(await temporaryDatabase())
  const task = newTask()
  await driver.enqueue({ callId: callId(), tasks: [task] })
  const twin = { ...task, envelope: { ...task.envelope, queue: QUEUE } }
  expect(await admit(driver, [twin, newTask({ queue: QUEUE })])).toEqual([
    { status: 'held', forMs: 1 },
    { status: 'admitted', attempt: 1 },
  ])
  expect((await driver.reserve(reserveCall())).map(({ lease }) => lease.id)).toEqual([task.envelope.id])
})

async function admit(driver: MysqlDriver, tasks: readonly NewTask[], token = callId()) {
  return await driver.ledger.admit({ token, tasks: tasks.map(({ envelope }) => envelope) })
}

async function admitted(driver: MysqlDriver, tasks: readonly NewTask[]): Promise<readonly Held[]> {
  const token = callId()
  await admit(driver, tasks, token)
  return tasks.map(({ envelope: { queue, id } }) => ({ lease: { queue, id, token }, attempt: 1 }))
}
