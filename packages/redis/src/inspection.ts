import type {
  CancelAnswer,
  CancelCall,
  ChangeAnswer,
  FindCall,
  Inspection,
  PurgeableState,
  TaskRecord,
  TaskRef,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { countsOf } from './counts.ts'
import { reasonOf } from './deliveries.ts'
import { MOST_AT_ONCE, readInParts } from './in-parts.ts'
import { outcomeOf, recordOfOutcome } from './outcomes.ts'
import { unpackList } from './packed-list.ts'
import { pageOf, type Walk, walkOfActive, walkOfReady, walkOfSet } from './pages.ts'
import { readRecord, readyAtOf, remainsOf } from './records.ts'
import { replace } from './replace.ts'
import { bytesOf, listOf, numberOf, textOf } from './replies.ts'
import { scripts } from './scripts.ts'
import { readableStateOf } from './states.ts'
import { textBeginning } from './texts.ts'

const CANCEL_ANSWERS: Readonly<Record<string, CancelAnswer>> = {
  c: 'cancelled',
  r: 'requested',
  f: 'finished',
  u: 'unknown',
}
const CHANGE_ANSWERS: Readonly<Record<string, ChangeAnswer>> = {
  c: 'changed',
  a: 'active',
  f: 'finished',
  u: 'unknown',
}

/** Looking at tasks, and changing those that wait. */
export function inspectionOf(backend: () => Backend): Inspection {
  return {
    queues: async () => {
      const store = backend()
      const known = await store.queues()
      const counts = await Promise.all(known.map(({ name }) => countsOf(store, name)))
      return counts
        .filter((each) => each.ready + each.scheduled + each.active + each.dead + each.finished > 0)
        .map(({ queue }) => queue)
    },
    count: async (queues) => {
      const store = backend()
      return await Promise.all(queues.map((queue) => countsOf(store, queue)))
    },
    oldestReady: async (queues) => {
      const store = backend()
      return await Promise.all(queues.map((queue) => oldestReadyOf(store, queue)))
    },
    get: async (refs) => await get(backend(), refs),
    find: async (call) => await find(backend(), call),
    cancel: async (calls) => await cancel(backend(), calls),
    cancelRequests: async (queues) => {
      const store = backend()
      return (await Promise.all(queues.map((queue) => marksOf(store, queue)))).flat()
    },
    reschedule: async ({ queue, id }, due) => {
      const times = 'dueAt' in due ? ['', Math.round(due.dueAt)] : [Math.round(due.delayMs), '']
      const letter = textOf(await backend().run(scripts.reschedule, queue, [id, ...times]))
      return CHANGE_ANSWERS[letter] ?? 'unknown'
    },
    replace: async (ref, task) => {
      const letter = textOf(await replace(backend(), ref, task))
      return CHANGE_ANSWERS[letter] ?? 'unknown'
    },
    remove: async ({ queue, id }) => {
      const store = backend()
      const letter = textOf(await store.run(scripts.remove, queue, [store.keys.finished, queue, id]))
      return CHANGE_ANSWERS[letter] ?? 'unknown'
    },
    purge: async (queue, states, limit) => await purge(backend(), queue, states, limit),
  }
}

/** The oldest of those that come first in their priority. */
async function oldestReadyOf(backend: Backend, queue: string): Promise<number | undefined> {
  const [now = null, ...heads] = listOf(await backend.run(scripts.heads, queue))
  let oldest: number | undefined
  for (let at = 0; at + 1 < heads.length; at += 2) {
    const readyAt = readableStateOf(textOf(heads[at + 1]))?.readyAt ?? readyAtOf(bytesOf(heads[at]))
    oldest = Math.min(oldest ?? readyAt, readyAt)
  }
  return oldest === undefined ? undefined : Math.max(0, numberOf(now) - oldest)
}

async function get(backend: Backend, refs: readonly TaskRef[]): Promise<readonly (TaskRecord | undefined)[]> {
  const live = await readLive(backend, refs, '', '')
  const others = refs.filter((_, index) => live[index] === undefined)
  const finished = await readFinished(backend, others, '')
  let next = 0
  return live.map((record) => record ?? finished[next++])
}

async function find(backend: Backend, call: FindCall) {
  const { queue, state, task, limit, cursor } = call
  const beginning = task === undefined ? '' : textBeginning(task)
  const refsOf = (ids: readonly string[]) => ids.map((id) => ({ queue, id }))
  const isFinished = state === 'completed' || state === 'cancelled'
  return await pageOf({ list: state, limit, cursor }, walkOf(backend, call), (ids) =>
    isFinished
      ? readFinished(backend, refsOf(ids), beginning)
      : readLive(backend, refsOf(ids), state, beginning),
  )
}

function walkOf(backend: Backend, { queue, state }: FindCall): Walk {
  if (state === 'ready') return walkOfReady(backend, queue)
  if (state === 'active') return walkOfActive(backend, queue)
  return walkOfSet(backend, queue, state)
}

/** Fields of a task in the answer of lua/get.lua. */
const LIVE_FIELDS = 8

async function readLive(
  backend: Backend,
  refs: readonly TaskRef[],
  state: string,
  beginning: string,
): Promise<readonly (TaskRecord | undefined)[]> {
  return await readInParts(refs, async (queue, ids) => {
    const reply = bytesOf(await backend.run(scripts.get, queue, [state, beginning, ...ids]))
    const fields = unpackList(reply)
    const records: (TaskRecord | undefined)[] = []
    for (let at = 0; at + LIVE_FIELDS <= fields.length; at += LIVE_FIELDS) {
      records.push(recordOf(queue, fields.slice(at, at + LIVE_FIELDS)))
    }
    return records
  })
}

function recordOf(queue: string, fields: readonly Buffer[]): TaskRecord | undefined {
  const [id = '', state = ''] = fields.slice(0, 2).map(String)
  const [record = Buffer.alloc(0), carried = '', token = '', end = '', mark = ''] = [
    fields[2],
    ...fields.slice(3, 7).map(String),
  ] as const
  if (state !== 'ready' && state !== 'scheduled' && state !== 'active') return undefined
  const apart = fields[7]
  const task = readRecord(record, apart)
  const putBack = readableStateOf(carried)
  const isActive = state === 'active'
  return {
    id,
    queue,
    state,
    task: task?.common.task ?? '',
    priority: task?.common.priority ?? 0,
    attempts: (putBack?.attempts ?? 0) + (isActive ? 1 : 0),
    enqueuedAt: remainsOf(record, apart).enqueuedAt,
    dueAt: putBack?.readyAt ?? task?.readyAt,
    expiresAt: task?.expiresAt,
    finishedAt: undefined,
    leaseUntil: isActive && end !== '' ? Math.floor(Number(end)) : undefined,
    leaseToken: isActive ? token : undefined,
    cancelRequested: mark === '' ? undefined : true,
    uniqueKey: task?.unique?.key,
    keepResultMs: task?.common.keepResultMs,
    payload: task?.payload,
    headers: task?.headers,
    policy: task?.common.policy,
    history: putBack?.history,
    result: undefined,
  }
}

async function readFinished(
  backend: Backend,
  refs: readonly TaskRef[],
  beginning: string,
): Promise<readonly (TaskRecord | undefined)[]> {
  return await readInParts(refs, async (queue, ids) => {
    const values = unpackList(bytesOf(await backend.run(scripts.outcomes, queue, [beginning, ...ids])))
    return values.map((value, index) => {
      const outcome = value.length === 0 ? undefined : outcomeOf(value)
      return outcome === undefined ? undefined : recordOfOutcome({ queue, id: ids[index] ?? '' }, outcome)
    })
  })
}

async function cancel(backend: Backend, calls: readonly CancelCall[]): Promise<readonly CancelAnswer[]> {
  const refs = calls.map(({ ref }, index) => ({ queue: ref.queue, id: String(index) }))
  return await readInParts(refs, async (queue, indexes) => {
    const args = indexes.flatMap((index) => {
      const { ref, reason, keepMs } = calls[Number(index)] ?? { ref: { id: '' } }
      return [
        ref.id,
        reason === undefined ? '-' : `+${reason}`,
        keepMs === undefined ? '' : Math.round(keepMs),
      ]
    })
    const letters = textOf(await backend.run(scripts.cancel, queue, [backend.keys.finished, queue, ...args]))
    return [...letters].map((letter) => CANCEL_ANSWERS[letter] ?? 'unknown')
  })
}

async function marksOf(backend: Backend, queue: string) {
  const list = listOf(await backend.run(scripts.marks, queue))
  const marked: { queue: string; id: string; reason: string | undefined }[] = []
  for (let index = 0; index + 1 < list.length; index += 2) {
    marked.push({ queue, id: textOf(list[index]), reason: reasonOf(textOf(list[index + 1])) })
  }
  return marked
}

async function purge(
  backend: Backend,
  queue: string,
  states: readonly PurgeableState[],
  limit: number,
): Promise<number> {
  const wants = (state: PurgeableState) => (states.includes(state) ? 1 : 0)
  const waiting = [backend.keys.finished, queue]
  let purged = await inSteps(limit, async (most) =>
    numberOf(await backend.run(scripts.purge, queue, [...waiting, most, wants('ready'), wants('scheduled')])),
  )
  for (const state of states) {
    if (state !== 'completed' && state !== 'cancelled') continue
    purged += await inSteps(limit - purged, async (most) =>
      numberOf(await backend.run(scripts.purgeOutcomes, queue, [most, state])),
    )
  }
  return purged
}

/** Repeats a step that is bounded until it finds no more, or there were as many as asked for. */
async function inSteps(limit: number, step: (most: number) => Promise<number>): Promise<number> {
  let total = 0
  for (let done = MOST_AT_ONCE; done === MOST_AT_ONCE && total < limit; total += done) {
    done = await step(Math.min(limit - total, MOST_AT_ONCE))
  }
  return total
}
