import type { Envelope, NewTask } from '@tasq/core/driver'
import {
  bury,
  callId,
  complete,
  type Held,
  newTask,
  newTasks,
  QUEUE,
  release,
  reserveCall,
  retry,
} from '@tasq/testkit/conformance'
import { expect, inject, test } from 'vitest'
import { Keys } from '../src/keys.ts'
import { testPrefix } from './support/harness.ts'
import { opened, operator, ownServer } from './support/own-server.ts'

const HOUR = 3_600_000
const PARKED = { delayMs: 10 * 365 * 24 * HOUR }

async function setup() {
  const options = { url: inject('redisUrl'), keyPrefix: testPrefix() }
  const driver = await opened(options)
  const client = operator(options.url)
  const keys = new Keys(options.keyPrefix).queue(QUEUE)
  const admit = (token: string, tasks: readonly NewTask[]) =>
    driver.ledger.admit({ token, tasks: envelopesOf(tasks) })
  return { driver, client, keys, admit }
}

function envelopesOf(tasks: readonly NewTask[]): readonly Envelope[] {
  return tasks.map(({ envelope }) => envelope)
}

function heldUnder(token: string, tasks: readonly NewTask[], attempt = 1): readonly Held[] {
  return tasks.map(({ envelope: { queue, id } }) => ({ lease: { queue, id, token }, attempt }))
}

function admitted(tasks: readonly NewTask[], attempt = 1) {
  return tasks.map(() => ({ status: 'admitted', attempt }))
}

test('a repeat that also names others holds all of them, each until the end of its own lease', async () => {
  const { driver, client, keys, admit } = await setup()
  const token = callId()
  const first = newTasks(3, { leaseMs: 60_000 })
  const second = [...newTasks(2, { ...PARKED, leaseMs: 100 }), newTask({ leaseMs: 60_000 })]
  await driver.enqueue({ callId: callId(), tasks: [...first, ...second] })
  await admit(token, first)
  expect(await admit(token, [...second, ...first])).toEqual(admitted([...second, ...first]))

  const lost: string[] = []
  const recover = async () => {
    const deliveries = await driver.recovery.recover({ callId: callId(), max: 10, leaseMs: 60_000 })
    lost.push(...deliveries.map(({ lease }) => lease.id))
    return lost.length
  }
  await expect.poll(recover, { timeout: 10_000 }).toBe(2)
  expect(lost.sort()).toEqual(
    second
      .slice(0, 2)
      .map(({ envelope }) => envelope.id)
      .sort(),
  )
  const rest = [...first, ...second.slice(2)]
  expect(await driver.settle(heldUnder(token, rest).map((each) => complete(each)))).toEqual(
    rest.map(() => 'settled'),
  )
  expect(await client.zscore(keys.of('claims'), token)).toBeNull()
  expect(await client.exists(keys.of('claim') + token)).toBe(0)
})

test('thousands of tasks of several queues in one call: each has its own answer', async () => {
  const { driver, admit } = await setup()
  const tasks = ['one', 'two'].flatMap((queue) => newTasks(1_500, { queue, ...PARKED }))
  for (let start = 0; start < tasks.length; start += 1_000) {
    await driver.enqueue({ callId: callId(), tasks: tasks.slice(start, start + 1_000) })
  }
  const mixed = tasks.map((_, index) => tasks[(index * 7) % tasks.length] ?? expect.fail())
  const token = callId()
  const dead = mixed.slice(0, 30)
  await admit(token, dead)
  await driver.settle(heldUnder(token, dead).map((each, index) => bury(each, { attempts: index })))
  const answers = await admit(callId(), mixed)
  expect(answers.map((each) => (each.status === 'dead' ? each.attempts : each.status))).toEqual(
    mixed.map((_, index) => (index < 30 ? index : 'admitted')),
  )
})

test('what is stored on admission has its payload, headers and priority wherever it goes, and no unique key', async () => {
  const { driver, admit } = await setup()
  const bytes = new Uint8Array(100_000).fill(7)
  const large = newTask({ payload: { bytes }, headers: { a: 'b' }, unique: { key: 'k' }, leaseMs: 50_000 })
  const urgent = newTask({ priority: 9 })
  const token = callId()
  expect(await admit(token, [large, urgent])).toEqual(admitted([large, urgent]))
  const [record] = await driver.inspection.get([{ queue: QUEUE, id: large.envelope.id }])
  expect(record).toMatchObject({ state: 'active', attempts: 1, leaseToken: token, uniqueKey: undefined })

  await driver.enqueue({ callId: callId(), tasks: [newTask()] })
  await driver.settle(heldUnder(token, [large, urgent]).map((each) => retry(each)))
  const [first, , third] = await driver.reserve(reserveCall({ max: 3 }))
  expect(first?.lease.id).toBe(urgent.envelope.id)
  if (third?.kind !== 'task') return expect.fail()
  const { payload, headers, unique, leaseMs } = third.envelope
  expect([Buffer.from(payload.bytes).equals(bytes), headers, unique, leaseMs]).toEqual([
    true,
    { a: 'b' },
    undefined,
    50_000,
  ])
})

test('what was said of a task that is taken over stays: its history, and when it was due', async () => {
  const { driver, admit } = await setup()
  const task = newTask({ leaseMs: 1 })
  const history = { losses: 3, unknownSince: 12_345 }
  const [held] = heldUnder(callId(), [task])
  if (held === undefined) return expect.fail()
  await admit(held.lease.token, [task])
  await driver.settle([release(held, { delayMs: HOUR, history })])
  const refs = [{ queue: QUEUE, id: task.envelope.id }]
  const [before] = await driver.inspection.get(refs)
  for (const attempt of [1, 2, 3]) {
    await expect.poll(() => admit(callId(), [task])).toEqual(admitted([task], attempt))
  }
  const [after] = await driver.inspection.get(refs)
  expect(after).toMatchObject({ history, dueAt: before?.dueAt, attempts: 3, state: 'active' })
})

test('holders are found among many, of many', async () => {
  const { driver, admit } = await setup()
  const claims = Array.from({ length: 40 }, (_, index) => newTasks(1 + ((index * 13) % 90)))
  for (const tasks of claims) {
    await driver.enqueue({ callId: callId(), tasks })
    await driver.reserve(reserveCall({ max: tasks.length }))
  }
  const waiting = newTasks(60)
  await driver.enqueue({ callId: callId(), tasks: waiting })
  const asked = [...claims.flat().filter((_, index) => index % 2 === 0), ...waiting]
  for (let start = 0; start < asked.length; start += 200) {
    const some = asked.slice(start, start + 200)
    const answers = await admit(callId(), some)
    expect(answers.map(({ status }) => status)).toEqual(
      some.map((task) => (waiting.includes(task) ? 'admitted' : 'held')),
    )
  }
})

test('with full memory what a broker delivers is worked off', async () => {
  const { url } = await ownServer(['--maxmemory', '20mb'])
  const driver = await opened({ url })
  const tasks = newTasks(10, PARKED)
  await driver.enqueue({ callId: callId(), tasks: tasks.slice(5) })
  const client = operator(url)
  await client.set('ballast', Buffer.alloc(1_000_000))
  await client.config('SET', 'maxmemory', '1mb')
  const token = callId()
  expect(await driver.ledger.admit({ token, tasks: envelopesOf(tasks) })).toEqual(admitted(tasks))
  const settlements = heldUnder(token, tasks).map((each) => complete(each, { keepMs: HOUR }))
  expect(await driver.settle(settlements)).toEqual(tasks.map(() => 'settled'))
})
