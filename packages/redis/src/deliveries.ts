import type { Delivery, Lease, LostDelivery } from '@tasq/core/driver'
import { ListReader, unpackList } from './packed-list.ts'
import { RecordReader, type StoredTask, type Texts } from './records.ts'
import { bytesOf, listOf, numberOf } from './replies.ts'
import type { Reply } from './scripts.ts'
import { readableStateOf, stateOf, type TaskState } from './states.ts'
import { readableFieldsOf } from './texts.ts'

/** What one look at a queue came to. */
export interface Gathered {
  readonly deliveries: readonly Delivery[]
  /** The server's time. */
  readonly now: number
  /** When the next scheduled task is due; known where there is nothing else. */
  readonly nextDueAt: number | undefined
}

/** Reads what a script has gathered: see lua/parts/gather.lua. */
export function gatheredOf(queue: string, token: string, reply: Reply): Gathered {
  const [time, packed, shared, states, payloads] = listOf(reply)
  const now = numberOf(time)
  if (packed === null || packed === undefined) {
    const due = Buffer.isBuffer(shared) ? Math.floor(Number(shared.toString())) : undefined
    return { deliveries: [], now, nextDueAt: due }
  }
  const deliveries = readDeliveries(queue, token, now, {
    packed: bytesOf(packed),
    texts: textsOf(bytesOf(shared)),
    states: Array.isArray(states) ? states : [],
    payloads: Array.isArray(payloads) ? payloads : [],
  })
  return { deliveries, now, nextDueAt: undefined }
}

interface Lists {
  readonly packed: Buffer
  readonly texts: Texts
  readonly states: readonly Reply[]
  readonly payloads: readonly Reply[]
}

function readDeliveries(
  queue: string,
  token: string,
  now: number,
  { packed, texts, states, payloads }: Lists,
): readonly Delivery[] {
  const list = new ListReader(packed)
  const count = list.list()
  const deliveries: Delivery[] = new Array(count)
  const ids: string[] = new Array(count)
  for (let index = 0; index < count; index++) ids[index] = list.text()
  list.list()
  const records = new RecordReader(texts)
  let apart = 0
  for (let index = 0; index < count; index++) {
    list.next()
    const lease = { queue, id: ids[index] ?? '', token }
    const { start, end } = list
    const payload = records.isApart(packed, start, end) ? payloads[apart++] : undefined
    let attempt = 1
    try {
      const text = states[index]
      const state = Buffer.isBuffer(text) ? stateOf(text.toString()) : undefined
      if (state !== undefined) attempt = state.attempts + 1
      const task = records.read(packed, start, end, Buffer.isBuffer(payload) ? payload : undefined)
      deliveries[index] = deliveryOf(lease, task, state, now)
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error)
      const leaseMs = records.leaseMs(packed, start, end)
      deliveries[index] = { kind: 'corrupt', lease, problem, attempt, leaseMs, now }
    }
  }
  return deliveries
}

function deliveryOf(lease: Lease, task: StoredTask, state: TaskState | undefined, now: number): Delivery {
  const { common } = task
  return {
    kind: 'task',
    lease,
    envelope: {
      formatVersion: 1,
      id: lease.id,
      queue: lease.queue,
      task: common.task,
      payload: task.payload,
      headers: task.headers,
      priority: common.priority,
      leaseMs: common.leaseMs,
      keepResultMs: common.keepResultMs,
      unique: task.unique,
      policy: common.policy,
    },
    attempt: state === undefined ? 1 : state.attempts + 1,
    enqueuedAt: task.enqueuedAt,
    readyAt: state === undefined ? task.readyAt : state.readyAt,
    expiresAt: task.expiresAt,
    history: state?.history,
    now,
  }
}

function textsOf(packed: Buffer): Texts {
  const texts = new Map<string, Uint8Array>()
  const reader = new ListReader(packed)
  const count = reader.list()
  for (let index = 0; index < count; index += 2) {
    const digest = reader.bytes().toString('latin1')
    texts.set(digest, reader.bytes())
  }
  return texts
}

/** Reads what recovery has taken over: see lua/recover.lua. */
export function lostDeliveriesOf(queue: string, token: string, reply: Reply): readonly LostDelivery[] {
  const [time, packed] = listOf(reply)
  const now = numberOf(time)
  const bytes = bytesOf(packed)
  if (bytes.length === 0) return []
  const fields = unpackList(bytes)
  const lost: LostDelivery[] = []
  for (let at = 0; at + 5 < fields.length; at += 6) {
    const [id = '', lostToken = '', lostAt = '', , state = '', mark = ''] = fields
      .slice(at, at + 6)
      .map((field) => field.toString())
    const common = readableFieldsOf(fields[at + 3])
    const carried = readableStateOf(state)
    lost.push({
      lease: { queue, id, token },
      task: common?.task ?? '',
      attempt: (carried?.attempts ?? 0) + 1,
      policy: common?.policy,
      keepResultMs: common?.keepResultMs,
      history: carried?.history,
      cancelRequest: mark === '' ? undefined : { reason: reasonOf(mark) },
      lostToken,
      lostAt: Math.floor(Number(lostAt)),
      now,
    })
  }
  return lost
}

/** The reason that stands on a cancel mark: after a `+` where there is one. */
export function reasonOf(mark: string): string | undefined {
  return mark.startsWith('+') ? mark.slice(1) : undefined
}
