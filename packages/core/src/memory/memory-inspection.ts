import type { TaskRef } from '../contract/envelope.ts'
import type { CancelAnswer, CancelCall } from '../contract/facets/cancellation.ts'
import type { ChangeAnswer, FindCall, Inspection, TaskRecord } from '../contract/facets/inspection.ts'
import { finishedRecord } from '../runtime/finished-record.ts'
import { byPosition, type Placed, type Position, pageOf } from './memory-page.ts'
import type { MemoryStore } from './memory-store.ts'
import type { FinishedTask, LiveTask } from './memory-task.ts'

/** @param open gives the store, and throws once the driver is closed. */
export function memoryInspection(open: () => MemoryStore): Inspection {
  return {
    queues: async () => open().queueNames,
    count: async (queues) => {
      const store = open()
      return queues.map((queue) => countsOf(store, queue))
    },
    oldestReady: async (queues) => {
      const store = open()
      return queues.map((queue) => oldestReadyOf(store, queue))
    },
    get: async (refs) => {
      const store = open()
      return refs.map((ref) => recordOf(store, ref))
    },
    find: async (call) => {
      const page = pageOf(call.state, found(open(), call), call)
      return { ...page, items: page.items.map((read) => read()) }
    },
    cancel: async (calls) => {
      const store = open()
      return calls.map((call) => cancel(store, call))
    },
    cancelRequests: async (queues) => marked(open(), queues),
    reschedule: async (ref, due) => {
      const store = open()
      const now = store.clock.now()
      return change(store, ref, (task) => {
        store.queue(ref.queue).forget(task)
        store.makeWaiting(task, Math.max(now, 'dueAt' in due ? due.dueAt : now + due.delayMs), now)
        store.wakeups.notify(ref.queue)
      })
    },
    replace: async (ref, task) => {
      const store = open()
      return change(store, ref, (waiting) => store.replace(waiting, task))
    },
    remove: async (ref) => remove(open(), ref),
    purge: async (queue, states, limit) => {
      const store = open()
      const chosen = liveOf(store, queue)
        .filter((task) => task.state !== 'active' && states.includes(task.state))
        .slice(0, limit)
      for (const task of chosen) {
        store.remove(task)
        store.hint(task.envelope)
      }
      const records = keptOf(store, queue)
        .filter(({ state }) => states.includes(state))
        .slice(0, limit - chosen.length)
      for (const { id } of records) store.finished.delete(id)
      return chosen.length + records.length
    },
  }
}

function liveOf(store: MemoryStore, queue: string): LiveTask[] {
  store.queue(queue).promote(store.clock.now())
  return [...store.live.values()].filter((task) => task.envelope.queue === queue)
}

function keptOf(store: MemoryStore, queue: string): FinishedTask[] {
  const now = store.clock.now()
  return [...store.finished.values()].filter((task) => task.queue === queue && task.keptUntil > now)
}

function countsOf(store: MemoryStore, queue: string) {
  const live = liveOf(store, queue)
  const inState = (state: LiveTask['state']) => live.filter((task) => task.state === state).length
  const dead = [...store.dead.values()].filter(({ letter }) => letter.queue === queue).length
  return {
    queue,
    ready: inState('ready'),
    scheduled: inState('scheduled'),
    active: inState('active'),
    dead,
    finished: keptOf(store, queue).length,
  }
}

function oldestReadyOf(store: MemoryStore, queue: string): number | undefined {
  const ready = liveOf(store, queue).filter(({ state }) => state === 'ready')
  return ready.length === 0 ? undefined : store.clock.now() - Math.min(...ready.map(({ readyAt }) => readyAt))
}

function recordOf(store: MemoryStore, ref: TaskRef): TaskRecord | undefined {
  store.queue(ref.queue).promote(store.clock.now())
  const live = store.findLive(ref)
  if (live !== undefined) return recordOfLive(live)
  const finished = store.findFinished(ref)
  return finished === undefined ? undefined : recordOfFinished(finished)
}

function recordOfLive(task: LiveTask): TaskRecord {
  const { envelope, state, token } = task
  const isActive = state === 'active'
  return {
    id: envelope.id,
    queue: envelope.queue,
    task: envelope.task,
    state,
    priority: envelope.priority,
    attempts: task.attempts,
    enqueuedAt: task.enqueuedAt,
    dueAt: task.readyAt,
    expiresAt: task.expiresAt,
    finishedAt: undefined,
    leaseUntil: isActive ? task.leaseUntil : undefined,
    leaseToken: isActive ? token : undefined,
    cancelRequested: task.cancelRequest === undefined ? undefined : true,
    uniqueKey: envelope.unique?.key,
    keepResultMs: envelope.keepResultMs,
    payload: envelope.payload,
    headers: envelope.headers,
    policy: task.problem === undefined ? envelope.policy : undefined,
    history: task.history,
    result: undefined,
  }
}

function recordOfFinished(finished: FinishedTask): TaskRecord {
  const { id, queue, task, state, priority, attempts, enqueuedAt, finishedAt, result } = finished
  return finishedRecord({ id, queue, task, state, priority, attempts, enqueuedAt, finishedAt, result })
}

/** In claim order where they are ready, else the oldest first; read only where they get onto the page. */
function found(store: MemoryStore, { queue, state, task: name }: FindCall): Placed<() => TaskRecord>[] {
  if (state === 'completed' || state === 'cancelled') {
    return keptOf(store, queue)
      .filter((kept) => kept.state === state && (name === undefined || kept.task === name))
      .map((kept) => ({ position: [kept.ordinal], item: () => recordOfFinished(kept) }))
      .sort(byPosition)
  }
  return liveOf(store, queue)
    .filter((live) => live.state === state && (name === undefined || live.envelope.task === name))
    .map((live) => ({ position: positionOf(live), item: () => recordOfLive(live) }))
    .sort(byPosition)
}

function positionOf({ state, envelope, readyAt, sequence }: LiveTask): Position {
  return [state === 'ready' ? -envelope.priority : 0, readyAt, sequence]
}

function cancel(store: MemoryStore, { ref, reason, keepMs }: CancelCall): CancelAnswer {
  const task = store.findLive(ref)
  if (task === undefined) return isFinished(store, ref) ? 'finished' : 'unknown'
  if (task.state === 'active') {
    task.cancelRequest ??= { reason }
    return 'requested'
  }
  store.remove(task)
  store.finish(task, 'cancelled', keepMs, undefined, reason)
  return 'cancelled'
}

function marked(store: MemoryStore, queues: readonly string[]) {
  return [...store.active].flatMap(({ envelope: { queue, id }, cancelRequest }) =>
    cancelRequest !== undefined && queues.includes(queue)
      ? [{ queue, id, reason: cancelRequest.reason }]
      : [],
  )
}

function change(store: MemoryStore, ref: TaskRef, apply: (task: LiveTask) => void): ChangeAnswer {
  store.queue(ref.queue).promote(store.clock.now())
  const task = store.findLive(ref)
  if (task === undefined) return isFinished(store, ref) ? 'finished' : 'unknown'
  if (task.state === 'active') return 'active'
  apply(task)
  return 'changed'
}

function isFinished(store: MemoryStore, ref: TaskRef): boolean {
  return store.findFinished(ref) !== undefined || store.findDead(ref) !== undefined
}

function remove(store: MemoryStore, ref: TaskRef): ChangeAnswer {
  if (store.findFinished(ref) !== undefined) {
    store.finished.delete(ref.id)
    return 'changed'
  }
  if (store.findDead(ref) !== undefined) return 'unknown'
  return change(store, ref, (task) => {
    store.remove(task)
    store.hint(ref)
  })
}
