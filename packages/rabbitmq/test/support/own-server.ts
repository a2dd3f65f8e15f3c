import type { CorruptDelivery, Delivery, Driver, TaskDelivery } from '@tasq/core/driver'
import {
  type RabbitmqServer,
  type RabbitmqOptions as ServerOptions,
  startRabbitmq,
} from '@tasq/test-support/servers'
import {
  callId,
  newTasks,
  type ReserveRequest,
  reserveCall,
  type TaskFields,
} from '@tasq/testkit/conformance'
import { afterAll, beforeAll, expect, inject, onTestFinished } from 'vitest'
import { type RabbitmqDriver, type RabbitmqOptions, rabbitmq } from '../../src/index.ts'
import { noting } from './noting.ts'
import { Operator } from './operator.ts'

/** A server that the tests of a file may harm, one after the other; it is up again when a test is over. */
export function ownServer(options: ServerOptions = {}): () => RabbitmqServer {
  let server: RabbitmqServer | undefined
  beforeAll(async () => {
    server = await startRabbitmq(options)
  }, 120_000)
  afterAll(async () => {
    await server?.dispose()
  }, 60_000)
  return () => {
    if (server === undefined) throw new Error('the server has not started')
    return server
  }
}

let exchanges = 0

/** Options with an exchange that no other test on this server has. */
export function alone(url: string, options: RabbitmqOptions = {}): RabbitmqOptions {
  return { url, exchange: `test-${process.pid}-${++exchanges}`, ...options }
}

/** A driver, opened, that is closed with the test. On a server that is not ours, nothing of it stays. */
export async function opened(options: RabbitmqOptions): Promise<RabbitmqDriver> {
  const queues = new Set<string>()
  const driver = noting(queues, rabbitmq(options))
  onTestFinished(async () => {
    await driver.close()
    if (options.url === inject('rabbitmqUrl') && !inject('rabbitmqIsOurs')) await remove(options, queues)
  })
  await driver.open()
  return driver
}

async function remove(options: RabbitmqOptions, queues: Iterable<string>): Promise<void> {
  const admin = await Operator.connect(options)
  await admin.removeAll(options.exchange ?? '', queues)
  await admin.close()
}

/** Somebody beside the driver, gone with the test. */
export async function operator(options: Pick<RabbitmqOptions, 'url' | 'tls'>): Promise<Operator> {
  const found = await Operator.connect(options)
  onTestFinished(() => found.close())
  return found
}

/** Stores tasks that must all be created; gives their ids. */
export async function store(
  driver: Driver,
  count: number,
  fields: TaskFields = {},
): Promise<readonly string[]> {
  const tasks = newTasks(count, fields)
  const answers = await driver.enqueue({ callId: callId(), tasks })
  expect(answers).toEqual(tasks.map(() => ({ status: 'created' })))
  return tasks.map(({ envelope }) => envelope.id)
}

/** Reserves until so many have come. */
export async function take(
  driver: Driver,
  count: number,
  request: ReserveRequest = {},
): Promise<readonly TaskDelivery[]> {
  const taken: TaskDelivery[] = []
  await expect
    .poll(async () => {
      const max = count - taken.length
      if (max > 0) taken.push(...(await driver.reserve(reserveCall({ max, ...request }))).map(asTask))
      return taken.length
    })
    .toBe(count)
  return taken
}

export function asTask(delivery: Delivery): TaskDelivery {
  if (delivery.kind === 'task') return delivery
  const { problem }: CorruptDelivery = delivery
  throw new Error(`unreadable: ${problem}`)
}
