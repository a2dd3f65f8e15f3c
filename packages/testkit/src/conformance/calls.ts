import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type {
  Delivery,
  Driver,
  Enqueued,
  LostDelivery,
  NewTask,
  ReserveCall,
  TaskDelivery,
  TaskRef,
} from '@tasq/core/driver'
import { type CaseContext, facet } from './context.ts'
import { LONG_LEASE_MS, newTask, QUEUE, type TaskFields } from './tasks.ts'

let calls = 0

/** As the engine makes them: a name that no other process has, and a count. */
export function callId(): string {
  return `${randomUUID().slice(0, 13)}.${(++calls).toString(36)}`
}

/** Lists in pieces that one call may carry. */
export function batches<Item>(driver: Driver, items: readonly Item[]): readonly (readonly Item[])[] {
  const size = Math.min(driver.limits.maxBatch, 1_000)
  const count = Math.ceil(items.length / size)
  return Array.from({ length: count }, (_, index) => items.slice(index * size, (index + 1) * size))
}

/** Stores tasks that must all be created, in as few calls as the driver takes. */
export async function enqueue(driver: Driver, tasks: readonly NewTask[]): Promise<void> {
  for (const batch of batches(driver, tasks)) {
    const answers = await driver.enqueue({ callId: callId(), tasks: batch })
    assert.deepEqual(
      answers.map((answer) => answer.status),
      batch.map(() => 'created'),
      'each task of an enqueue is answered as created',
    )
  }
}

/** Stores one task and gives it. */
export async function enqueueOne(driver: Driver, fields: TaskFields = {}): Promise<NewTask> {
  const task = newTask(fields)
  await enqueue(driver, [task])
  return task
}

/** The answer for one task. */
export async function tryEnqueue(driver: Driver, task: NewTask): Promise<Enqueued> {
  const answers = await driver.enqueue({ callId: callId(), tasks: [task] })
  assert.equal(answers.length, 1, 'an enqueue gives an answer for each task')
  return answers[0] as Enqueued
}

/** What a case says of a reserve; the rest is made up. */
export interface ReserveRequest extends Partial<Omit<ReserveCall, 'queues'>> {
  /** @default the one queue of most cases */
  readonly queue?: string
  /** In order of preference, where there are several. */
  readonly queues?: ReserveCall['queues']
}

/** A reserve that does not wait, of one task unless the request says otherwise. */
export function reserveCall({ queue = QUEUE, ...request }: ReserveRequest = {}): ReserveCall {
  const { max = 1 } = request
  return { callId: callId(), repeat: false, queues: [{ name: queue, max }], max, waitMs: 0, ...request }
}

/** Reserves until it holds this many; time passes only while nothing is there. */
export async function claim(
  context: CaseContext,
  driver: Driver,
  count: number,
  request: ReserveRequest = {},
): Promise<readonly TaskDelivery[]> {
  const held: TaskDelivery[] = []
  const claimMore = async () => {
    const max = Math.min(count - held.length, driver.limits.maxBatch)
    const deliveries = await driver.reserve(reserveCall({ ...request, max }))
    held.push(...deliveries.map(asTask))
    return deliveries.length > 0
  }
  await context.until(`${count} deliveries`, async () => {
    while (held.length < count && (await claimMore()));
    return held.length >= count
  })
  return held
}

export async function claimOne(
  context: CaseContext,
  driver: Driver,
  request: ReserveRequest = {},
): Promise<TaskDelivery> {
  const [delivery] = await claim(context, driver, 1, request)
  return delivery as TaskDelivery
}

/** Stores a task and reserves it at once. */
export async function hold(
  context: CaseContext,
  driver: Driver,
  fields: TaskFields = {},
): Promise<TaskDelivery> {
  const { envelope } = await enqueueOne(driver, fields)
  const delivery = await claimOne(context, driver, { queue: envelope.queue })
  assert.equal(delivery.lease.id, envelope.id, 'the only task of the queue is the one that is delivered')
  return delivery
}

export function asTask(delivery: Delivery): TaskDelivery {
  if (delivery.kind === 'task') return delivery
  return assert.fail(`task ${delivery.lease.id} came back as unreadable: ${delivery.problem}`)
}

/** Nothing of these queues can be had now. */
export async function assertNothingReady(driver: Driver, ...queues: readonly string[]): Promise<void> {
  const names = queues.length > 0 ? queues : [QUEUE]
  const call = reserveCall({ queues: names.map((name) => ({ name, max: 10 })), max: 10 })
  const deliveries = await driver.reserve(call)
  assert.deepEqual(
    deliveries.map((delivery) => delivery.lease.id),
    [],
    'nothing is ready',
  )
}

/** Takes over this many expired deliveries, waiting for them to expire. */
export async function recover(
  context: CaseContext,
  driver: Driver,
  count: number,
  leaseMs = LONG_LEASE_MS,
): Promise<readonly LostDelivery[]> {
  const taken: LostDelivery[] = []
  await context.until(`${count} recovered deliveries`, async () => {
    taken.push(...(await tryRecover(driver, count - taken.length, leaseMs)))
    return taken.length >= count
  })
  return taken
}

export async function recoverOne(
  context: CaseContext,
  driver: Driver,
  leaseMs = LONG_LEASE_MS,
): Promise<LostDelivery> {
  const [lost] = await recover(context, driver, 1, leaseMs)
  return lost as LostDelivery
}

/** What can be recovered now. */
export async function tryRecover(
  driver: Driver,
  max = 100,
  leaseMs = LONG_LEASE_MS,
): Promise<readonly LostDelivery[]> {
  const taken = await facet(driver, 'recovery').recover({ callId: callId(), max, leaseMs })
  assert.ok(taken.length <= max, `recover gave ${taken.length} where at most ${max} were asked for`)
  return taken
}

export async function deadCount(driver: Driver, queue = QUEUE): Promise<number> {
  const [count] = await driver.deadLetters.count([queue])
  return count ?? Number.NaN
}

export function idsOfHeld(deliveries: readonly { readonly lease: TaskRef }[]): readonly string[] {
  return deliveries.map((delivery) => delivery.lease.id)
}
