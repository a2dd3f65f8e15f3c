import { randomUUID } from 'node:crypto'
import { systemClock, type TaskRef } from '@tasq/core/driver'
import { type Harness, letTimePass, type Store, skewedClock } from '@tasq/testkit/conformance'
import { inject } from 'vitest'
import { type RabbitmqOptions, rabbitmq } from '../../src/index.ts'
import { Names } from '../../src/names.ts'
import { noting } from './noting.ts'
import { Operator } from './operator.ts'

/** RabbitMQ in real time. */
export function rabbitmqHarness(name: string, options: RabbitmqOptions): Harness {
  return {
    name,
    facets: ['backlog', 'diagnostics', 'events'],
    limits: {
      maxPayloadBytes: 15_728_640,
      maxBatch: 1_000,
      writesInFlight: 2,
      maxBatchBytes: 16_777_216,
      lease: 'connection',
      fence: 'delivery',
      redelivers: true,
      order: 'best-effort',
      priorities: 'bands',
    },
    time: 'real',
    openStore: async () => openStore(options),
  }
}

/** A machine that tests may keep connections and answers waiting for longer than users would wish for. */
const PATIENT = { connectTimeout: '1m', confirmTimeout: '1m' } as const

async function openStore(options: RabbitmqOptions): Promise<Store> {
  const exchange = testExchange()
  const operator = await Operator.connect(options)
  const queues = new Set<string>()
  return {
    clock: systemClock,
    advance: letTimePass,
    driver: ({ clockSkewMs = 0 } = {}) =>
      noting(
        queues,
        rabbitmq({ ...PATIENT, ...options, exchange, clock: skewedClock(systemClock, clockSkewMs) }),
      ),
    corrupt: async (ref) => await corrupt(operator, new Names(exchange), ref),
    close: async () => {
      await operator.removeAll(exchange, queues)
      await operator.close()
    },
  }
}

/** An exchange that no other test has; the server may be shared. */
export function testExchange(): string {
  return `${inject('rabbitmqPrefix')}-${randomUUID().slice(0, 13)}`
}

/** Ends the fields in the body of a task too early, and leaves its payload alone. */
async function corrupt(operator: Operator, names: Names, { queue, id }: TaskRef): Promise<void> {
  let isDone = false
  for (const name of names.bandQueues(queue)) {
    await operator.rewrite(name, ({ content, properties }) => {
      if (properties.messageId !== id) return content
      isDone = true
      const broken = Buffer.from(content)
      broken[5] = '{'.charCodeAt(0)
      return broken
    })
  }
  if (!isDone) throw new Error(`there is no task ${id}`)
}
