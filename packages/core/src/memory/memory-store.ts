import type { Lease } from '../contract/delivery.ts'
import type { Enqueued, NewTask } from '../contract/enqueue.ts'
import type { Envelope, Payload, TaskRef } from '../contract/envelope.ts'
import type { SharedRecord } from '../contract/facets/coordination.ts'
import type { DeadLetter } from '../contract/facets/dead-letters.ts'
import type { EventListener } from '../contract/facets/event-bus.ts'
import type { FinishedHint } from '../contract/facets/results.ts'
import type { KeptKind } from '../contract/facets/retention.ts'
import type { Bury } from '../contract/settlement.ts'
import { Bag } from '../runtime/bag.ts'
import type { Clock } from '../runtime/clock.ts'
import { Wakeups } from '../runtime/wakeups.ts'
import { MemoryQueue } from './memory-queue.ts'
import type { DeadTask, FinishedTask, LiveTask } from './memory-task.ts'

interface Receipt {
  /** Absent where all tasks of the call were created. */
  readonly answers: readonly Enqueued[] | undefined
  readonly until: number
}

/** The answer for most tasks, the same for all of them. */
export const CREATED: Enqueued = Object.freeze({ status: 'created' })

interface HeldKey {
  readonly id: string
  readonly windowUntil: number
  isTaskLive: boolean
}

/** Longer than any client repeats a call. */
const RECEIPT_MS = 5 * 60_000

/** The data behind memory drivers; several drivers on one store are like several processes on one backend. */
export class MemoryStore {
  readonly clock: Clock
  readonly wakeups: Wakeups
  /** By id, like the two below; look tasks up with `find`, which minds the queue as well. */
  readonly live = new Map<string, LiveTask>()
  readonly active = new Bag<LiveTask>()
  readonly dead = new Map<string, DeadTask>()
  readonly finished = new Map<string, FinishedTask>()
  readonly receipts = new Map<string, Receipt>()
  readonly watchers = new Set<FinishedHint>()
  /** By scope, kind and key. */
  readonly records = new Map<string, SharedRecord>()
  /** By channel. */
  readonly listeners = new Map<string, Set<EventListener>>()
  readonly #queues = new Map<string, MemoryQueue>()
  readonly #uniqueKeys = new Map<string, HeldKey>()
  #sequence = 0

  constructor(clock: Clock) {
    this.clock = clock
    this.wakeups = new Wakeups(clock)
  }

  get queueNames(): readonly string[] {
    const names = new Set<string>()
    for (const { envelope } of this.live.values()) names.add(envelope.queue)
    for (const { letter } of this.dead.values()) names.add(letter.queue)
    for (const { queue } of this.finished.values()) names.add(queue)
    return [...names].sort()
  }

  queue(name: string): MemoryQueue {
    let queue = this.#queues.get(name)
    if (queue === undefined) {
      queue = new MemoryQueue()
      this.#queues.set(name, queue)
    }
    return queue
  }

  findLive(ref: TaskRef): LiveTask | undefined {
    const task = this.live.get(ref.id)
    return task?.envelope.queue === ref.queue ? task : undefined
  }

  /** What is kept of a completed or cancelled task, while it is kept. */
  findFinished(ref: TaskRef): FinishedTask | undefined {
    const task = this.finished.get(ref.id)
    return task?.queue === ref.queue && task.keptUntil > this.clock.now() ? task : undefined
  }

  findDead(ref: TaskRef): DeadLetter | undefined {
    const letter = this.dead.get(ref.id)?.letter
    return letter?.queue === ref.queue ? letter : undefined
  }

  /** Stores one task, or says which one holds its unique key. */
  insert(newTask: NewTask): Enqueued {
    const { envelope } = newTask
    const now = this.clock.now()
    const holder = this.live.has(envelope.id) ? envelope.id : this.#holderOf(envelope, now)
    if (holder !== undefined) return { status: 'duplicate', of: holder }
    this.#begin(newTask)
    this.#holdKey(envelope, now)
    return CREATED
  }

  #begin({ envelope, delayMs = 0, dueAt, expiresInMs, expiresAt }: NewTask): void {
    const now = this.clock.now()
    const task: LiveTask = {
      envelope,
      sequence: ++this.#sequence,
      enqueuedAt: now,
      expiresAt: expiresAt ?? (expiresInMs === undefined ? undefined : now + expiresInMs),
      place: -1,
      state: 'ready',
      readyAt: Math.max(now, dueAt ?? now + delayMs),
      attempts: 0,
      token: undefined,
      leaseUntil: 0,
      history: undefined,
      cancelRequest: undefined,
      problem: undefined,
    }
    this.live.set(envelope.id, task)
    this.makeWaiting(task, task.readyAt, now)
  }

  /** Stores tasks in their order, and wakes who waits for them. */
  insertAll(tasks: readonly NewTask[]): readonly Enqueued[] {
    const answers = tasks.map((task) => this.insert(task))
    if (this.wakeups.isWatched) {
      for (const queue of new Set(tasks.map(({ envelope }) => envelope.queue))) this.wakeups.notify(queue)
    }
    return answers
  }

  /** The task that waits becomes another one. */
  replace(task: LiveTask, { envelope, ...times }: NewTask): void {
    const { id, queue, unique } = task.envelope
    this.queue(queue).forget(task)
    this.#begin({ envelope: { ...envelope, id, queue, unique }, ...times })
    this.wakeups.notify(queue)
  }

  forgetDead({ task }: DeadTask): void {
    this.dead.delete(task.envelope.id)
    this.hint(task.envelope)
  }

  /**
   * A dead task begins anew: same id and payload, no attempts, no history, no unique key. Not where a live
   * task has its id by now; answers whether it does.
   */
  revive({ task }: DeadTask): boolean {
    if (this.live.has(task.envelope.id)) return false
    const now = this.clock.now()
    const envelope = { ...task.envelope, unique: undefined }
    const revived: LiveTask = {
      ...task,
      envelope,
      sequence: ++this.#sequence,
      expiresAt: undefined,
      attempts: 0,
      token: undefined,
      history: undefined,
      cancelRequest: undefined,
    }
    this.dead.delete(envelope.id)
    this.live.set(envelope.id, revived)
    this.makeWaiting(revived, now, now)
    this.wakeups.notify(envelope.queue)
    return true
  }

  remember(callId: string, answers: readonly Enqueued[]): void {
    const isPlain = answers.every((answer) => answer === CREATED)
    this.receipts.set(callId, {
      answers: isPlain ? undefined : answers,
      until: this.clock.now() + RECEIPT_MS,
    })
  }

  /** Ready now, or scheduled for later. */
  makeWaiting(task: LiveTask, readyAt: number, now: number): void {
    const queue = this.queue(task.envelope.queue)
    queue.promote(now)
    this.active.delete(task)
    task.readyAt = readyAt
    task.state = readyAt <= now ? 'ready' : 'scheduled'
    if (task.state === 'ready') queue.pushReady(task)
    else queue.pushScheduled(task)
  }

  /** The task that holds this lease; otherwise what the token tells. */
  holderOf(lease: Lease): LiveTask | 'settled' | 'lost' | 'gone' {
    const task = this.findLive(lease)
    if (task === undefined) return 'gone'
    if (task.token !== lease.token) return 'lost'
    return task.state === 'active' ? task : 'settled'
  }

  /** Takes a task out of the living, whatever it comes to, and lets go of its unique key. */
  remove(task: LiveTask): void {
    const { envelope } = task
    this.live.delete(envelope.id)
    this.active.delete(task)
    this.queue(envelope.queue).forget(task)
    if (envelope.unique === undefined) return
    const held = this.#uniqueKeys.get(uniqueKey(envelope))
    if (held?.id !== envelope.id) return
    held.isTaskLive = false
    if (held.windowUntil <= this.clock.now()) this.#uniqueKeys.delete(uniqueKey(envelope))
  }

  /** Keeps the outcome of a removed task where that is asked for, and hints that it has finished. */
  finish(
    task: LiveTask,
    state: FinishedTask['state'],
    keepMs: number | undefined,
    result: Payload | undefined,
    reason: string | undefined,
  ): void {
    if (keepMs !== undefined) {
      const { id, queue, task: name, priority } = task.envelope
      const now = this.clock.now()
      this.finished.set(id, {
        ordinal: ++this.#sequence,
        id,
        queue,
        state,
        task: name,
        priority,
        attempts: task.attempts,
        enqueuedAt: task.enqueuedAt,
        finishedAt: now,
        keptUntil: now + keepMs,
        result,
        reason,
      })
    }
    this.hint(task.envelope)
  }

  /** Puts a removed task among the dead letters. */
  bury(task: LiveTask, { reason, attempts, keepMs, failure, history }: Bury): void {
    const { id, queue, task: name, payload, headers, priority, policy } = task.envelope
    const now = this.clock.now()
    const letter: DeadLetter = {
      id,
      queue,
      task: name,
      reason,
      attempts,
      enqueuedAt: task.enqueuedAt,
      diedAt: now,
      keptUntil: now + keepMs,
      payload,
      priority,
      policy,
      headers,
      failure,
      history,
    }
    this.dead.set(id, { ordinal: ++this.#sequence, task, letter })
    this.hint(task.envelope)
  }

  hint({ queue, id }: TaskRef): void {
    for (const watcher of this.watchers) watcher([{ queue, id }])
  }

  /** Removes what has been kept long enough. */
  trim(limit: number): number {
    const now = this.clock.now()
    let removed = 0
    const drop = <Item>(map: Map<string, Item>, isOver: (item: Item) => boolean) => {
      for (const [name, item] of map) {
        if (removed >= limit) return
        if (isOver(item) && map.delete(name)) removed++
      }
    }
    drop(this.finished, (task) => task.keptUntil <= now)
    drop(this.dead, ({ letter }) => letter.keptUntil <= now)
    drop(this.receipts, (receipt) => receipt.until <= now)
    drop(this.records, ({ expiresAt = Infinity }) => expiresAt <= now)
    drop(this.#uniqueKeys, (held) => !held.isTaskLive && held.windowUntil <= now)
    return removed
  }

  /** Removes the oldest of what a queue keeps beyond its newest. */
  keepNewest(queue: string, kind: KeptKind, count: number, limit: number): number {
    const now = this.clock.now()
    const kept =
      kind === 'dead'
        ? [...this.dead].map(([id, { ordinal, letter }]) => ({ id, ordinal, queue: letter.queue }))
        : [...this.finished.values()].filter(({ keptUntil }) => keptUntil > now)
    const oldestFirst = kept.filter((each) => each.queue === queue).sort((a, b) => a.ordinal - b.ordinal)
    const surplus = oldestFirst.slice(0, Math.max(0, oldestFirst.length - count)).slice(0, limit)
    for (const { id } of surplus) (kind === 'dead' ? this.dead : this.finished).delete(id)
    return surplus.length
  }

  #holderOf(envelope: Envelope, now: number): string | undefined {
    if (envelope.unique === undefined) return undefined
    const held = this.#uniqueKeys.get(uniqueKey(envelope))
    return held !== undefined && (held.isTaskLive || held.windowUntil > now) ? held.id : undefined
  }

  #holdKey(envelope: Envelope, now: number): void {
    if (envelope.unique === undefined) return
    const windowUntil = now + (envelope.unique.windowMs ?? 0)
    this.#uniqueKeys.set(uniqueKey(envelope), { id: envelope.id, windowUntil, isTaskLive: true })
  }
}

function uniqueKey({ queue, unique }: Envelope): string {
  return `${queue.length} ${queue} ${unique?.key}`
}
