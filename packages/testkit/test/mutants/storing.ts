import { randomUUID } from 'node:crypto'
import type { Envelope, NewTask } from '@tasq/core/driver'
import { breaking, type Mutant, replacing } from './mutant.ts'

/** Drivers that store something else than they are given. */
function storing(change: (task: NewTask) => NewTask) {
  return replacing((driver) => ({
    enqueue: (call) => driver.enqueue({ ...call, tasks: call.tasks.map(change) }),
  }))
}

function storingEnvelope(change: (envelope: Envelope) => Partial<Envelope>) {
  return storing((task) => ({ ...task, envelope: { ...task.envelope, ...change(task.envelope) } }))
}

const decoder = new TextDecoder()
const encoder = new TextEncoder()

export const storingMutants: readonly Mutant[] = [
  {
    name: 'receipts that a minute removes',
    makeDriver: replacing((driver, store) => ({
      enqueue: async (call) => {
        const answers = await driver.enqueue(call)
        store.clock.setTimeout(() => store.receipts.delete(call.callId), 60_000)
        return answers
      },
    })),
    red: ['repeats of an enqueue'],
  },
  {
    name: 'receipts by the beginning of their id',
    makeDriver: replacing((driver) => ({
      enqueue: (call) => driver.enqueue({ ...call, callId: call.callId.split('.')[0] ?? '' }),
    })),
    red: ['repeats of an enqueue'],
  },
  {
    name: 'a call that loses its last task',
    makeDriver: replacing((driver) => ({
      enqueue: async (call) => {
        if (call.tasks.length < 200) return await driver.enqueue(call)
        return [...(await driver.enqueue({ ...call, tasks: call.tasks.slice(1) })), { status: 'created' }]
      },
    })),
    red: ['enqueue', 'finding tasks by state', 'leases'],
  },
  {
    name: 'a call that goes to one queue',
    makeDriver: replacing((driver) => ({
      enqueue: (call) => {
        const queue = call.tasks[0]?.envelope.queue ?? ''
        const tasks = call.tasks.map((task) => ({ ...task, envelope: { ...task.envelope, queue } }))
        return driver.enqueue({ ...call, tasks })
      },
    })),
    red: ['enqueue'],
  },
  {
    name: 'a call that is stored backwards',
    makeDriver: replacing((driver) => ({
      enqueue: async (call) =>
        (await driver.enqueue({ ...call, tasks: call.tasks.toReversed() })).toReversed(),
    })),
    red: ['enqueue', 'order', 'unique keys'],
  },
  {
    name: 'priorities in four bands',
    makeDriver: storingEnvelope(({ priority }) => ({ priority: Math.round(priority / 50) * 50 })),
    red: ['looking at tasks', 'order', 'what is stored comes back'],
  },
  {
    name: 'no priorities',
    makeDriver: storingEnvelope(() => ({ priority: 0 })),
    red: ['finding tasks by state', 'looking at tasks', 'order', 'what is stored comes back'],
  },
  {
    name: 'payloads that are taken for text',
    makeDriver: storingEnvelope(({ payload: { bytes, encoding } }) => ({
      payload: { bytes: encoder.encode(decoder.decode(bytes)), encoding },
    })),
    red: ['what is stored comes back'],
  },
  {
    name: 'payloads that end at a NUL',
    makeDriver: storingEnvelope(({ payload: { bytes, encoding } }) => ({
      payload: { bytes: bytes.includes(0) ? bytes.slice(0, bytes.indexOf(0)) : bytes, encoding },
    })),
    red: ['dead letters', 'looking at tasks', 'unreadable tasks', 'what is stored comes back'],
  },
  {
    name: 'payloads without their encoding',
    makeDriver: storingEnvelope(({ payload: { bytes } }) => ({ payload: { bytes, encoding: 'json' } })),
    red: ['dead letters', 'looking at tasks', 'what is stored comes back'],
  },
  {
    name: 'payloads that may not be empty',
    makeDriver: storingEnvelope(({ payload: { bytes, encoding } }) => ({
      payload: { bytes: bytes.length === 0 ? new Uint8Array(1) : bytes, encoding },
    })),
    red: ['what is stored comes back'],
  },
  {
    name: 'headers in one byte a character',
    makeDriver: storingEnvelope(({ headers }) => ({
      headers:
        headers &&
        Object.fromEntries(
          Object.entries(headers).map(([key, value]) => [
            key,
            Buffer.from(value, 'latin1').toString('latin1'),
          ]),
        ),
    })),
    red: ['dead letters', 'looking at tasks', 'what is stored comes back'],
  },
  {
    name: 'policies of a fixed form',
    makeDriver: storingEnvelope(({ policy: { maxAttempts, deadLetterMs, retry } }) => ({
      policy: { maxAttempts, deadLetterMs, timeoutMs: 0, retry },
    })),
    red: ['dead letters', 'looking at tasks', 'recovery', 'what is stored comes back'],
  },
  {
    name: 'names in lower case',
    makeDriver: storingEnvelope(({ task }) => ({ task: task.toLowerCase() })),
    red: ['finding tasks by state', 'what is stored comes back'],
  },
  {
    name: 'queues that differ in case only taken for one',
    makeDriver: replacing((driver) => ({
      reserve: (call) =>
        driver.reserve({
          ...call,
          queues: call.queues.map((each) => ({ ...each, name: each.name.toLowerCase() })),
        }),
    })),
    red: ['what is stored comes back'],
  },
  {
    name: 'delays that are not kept',
    makeDriver: storing((task) => ({ ...task, delayMs: undefined })),
    red: ['changing tasks', 'delays and due times', 'finding tasks by state', 'looking at tasks', 'order'],
  },
  {
    name: 'instants that are not kept',
    makeDriver: storing((task) => ({ ...task, dueAt: undefined })),
    red: ['delays and due times'],
  },
  {
    name: 'instants by the clock of the process',
    makeDriver: replacing((driver, store, { clockSkewMs = 0 }) => ({
      enqueue: (call) =>
        driver.enqueue({
          ...call,
          tasks: call.tasks.map(({ delayMs, ...task }) => ({
            ...task,
            delayMs: undefined,
            dueAt: delayMs === undefined ? task.dueAt : store.clock.now() + clockSkewMs + delayMs,
          })),
        }),
    })),
    red: ['delays and due times'],
  },
  {
    name: 'delayed tasks that are looked for at the next poll only',
    makeDriver: breaking((store) => {
      const queueOf = store.queue.bind(store)
      store.queue = (name) => {
        const queue = queueOf(name)
        Object.defineProperty(queue, 'nextDue', { get: () => undefined, configurable: true })
        return queue
      }
    }),
    red: ['delays and due times'],
  },
  {
    name: 'expiry that is not kept',
    makeDriver: storing((task) => ({ ...task, expiresInMs: undefined, expiresAt: undefined })),
    red: ['enqueue', 'looking at tasks'],
  },
  {
    name: 'no unique keys',
    makeDriver: storingEnvelope(() => ({ unique: undefined })),
    red: [
      'looking at tasks',
      'repeats of an enqueue',
      'retention',
      'unique keys',
      'what is stored comes back',
    ],
  },
  {
    name: 'unique keys without windows',
    makeDriver: storingEnvelope(({ unique }) => ({ unique: unique && { key: unique.key } })),
    red: ['retention', 'unique keys', 'what is stored comes back'],
  },
  {
    name: 'unique keys of all queues in one',
    makeDriver: replacing((driver) => {
      const holders = new Map<string, string>()
      return {
        enqueue: async (call) => {
          const [first] = call.tasks
          const key = first?.envelope.unique?.key
          const holder = key === undefined ? undefined : holders.get(key)
          if (first === undefined || key === undefined) return await driver.enqueue(call)
          holders.set(key, first.envelope.queue)
          if (holder === undefined || holder === first.envelope.queue) return await driver.enqueue(call)
          return call.tasks.map(() => ({ status: 'duplicate', of: 'another queue' }))
        },
      }
    }),
    red: ['unique keys'],
  },
  {
    name: 'a race for unique keys',
    makeDriver: replacing((driver, store) => ({
      enqueue: async (call) => {
        const [only] = call.tasks
        if (call.tasks.length !== 1 || only?.envelope.unique === undefined) return await driver.enqueue(call)
        const { key } = only.envelope.unique
        const holder = [...store.live.values()].find(({ envelope }) => envelope.unique?.key === key)
        await Promise.resolve()
        if (holder !== undefined) return await driver.enqueue(call)
        const unguarded = { ...only, envelope: { ...only.envelope, unique: { key: randomUUID() } } }
        return await driver.enqueue({ ...call, tasks: [unguarded] })
      },
    })),
    red: [
      'looking at tasks',
      'repeats of an enqueue',
      'retention',
      'unique keys',
      'what is stored comes back',
    ],
  },
]
