import {
  atMost,
  type Clock,
  ClosedError,
  type Coordination,
  type DeadLetters,
  type Delivery,
  type Diagnostics,
  type Driver,
  type EnqueueCall,
  type Enqueued,
  type EventBus,
  type ExtendAnswer,
  type Extension,
  type Inspection,
  type Ledger,
  type Limits,
  type Migrations,
  type Recovery,
  type ReserveCall,
  type Results,
  type Retention,
  RunningCalls,
  reserveWaiting,
  type SettleAnswer,
  type Settlement,
  type Transactions,
  type Wakeups,
} from '@tasq/core/driver'
import { newRowOf } from './columns.ts'
import { afterOf, pageOf } from './cursor.ts'
import { deliveryOf, lostDeliveryOf } from './deliveries.ts'
import type { Claim, Dialect, NewRow } from './dialect.ts'
import { admissionOf, countsOf, deadLetterOf, readingOf, recordOf } from './records.ts'
import { judge, type Standing } from './standing.ts'

export interface SqlDriverParts<Tx> {
  readonly dialect: Dialect
  readonly wakeups: Wakeups
  readonly clock: Clock
  readonly migrations: Migrations
  readonly transactions: TransactionParts<Tx>
  readonly diagnostics: Diagnostics
  /** Where the database can tell processes of things. */
  readonly events?: EventBus | undefined
}

/** How tasks are written on a connection that is the user's. */
export interface TransactionParts<Tx> {
  /** Whether a value has the shape of such a connection. */
  readonly accepts: (candidate: unknown) => boolean
  /** That shape in words. */
  readonly expects: string
  readonly insert: (client: Tx, rows: readonly NewRow[]) => Promise<readonly Enqueued[]>
}

/** A call whose connection has died in silence may never end. */
const OWN_CALL_MS = 1_000

/**
 * The contract on top of a dialect: the order of steps, rows to deliveries and back, waiting, pages. It knows no
 * database: what differs between them is behind the dialect's procedures.
 */
export class SqlDriver<Tx> implements Driver {
  readonly name: string
  readonly limits: Limits
  readonly deadLetters: DeadLetters
  readonly recovery: Recovery
  readonly results: Results
  readonly inspection: Inspection
  readonly retention: Retention
  readonly ledger: Ledger
  readonly coordination: Coordination
  readonly migrations: Migrations
  readonly transactions: Transactions<Tx>
  readonly diagnostics: Diagnostics
  readonly events?: EventBus
  readonly #dialect: Dialect
  readonly #wakeups: Wakeups
  readonly #clock: Clock
  readonly #reserves = new RunningCalls()
  #state: 'closed' | 'open' = 'closed'

  constructor(parts: SqlDriverParts<Tx>) {
    const { dialect, wakeups, clock, migrations, transactions, events, diagnostics } = parts
    this.name = dialect.name
    this.limits = dialect.limits
    this.#dialect = dialect
    this.#wakeups = wakeups
    this.#clock = clock
    const open = () => this.#open()
    this.deadLetters = deadLettersOf(open, wakeups)
    this.recovery = recoveryOf(open)
    this.results = resultsOf(open)
    this.inspection = inspectionOf(open, wakeups)
    this.retention = {
      trim: async (limit) => await open().trim(limit),
      keepNewest: async (...call) => await open().keepNewest(...call),
    }
    this.coordination = coordinationOf(open, wakeups)
    this.ledger = ledgerOf(open)
    this.migrations = migrations
    this.transactions = transactionsOf(transactions)
    this.diagnostics = diagnostics
    if (events !== undefined) this.events = eventsOf(open, events)
  }

  async open(): Promise<void> {
    if (this.#state === 'open') return
    await this.#dialect.open()
    this.#state = 'open'
  }

  async close(): Promise<void> {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    this.#wakeups.notify()
    await this.#dialect.close()
  }

  async enqueue({ callId, tasks }: EnqueueCall): Promise<readonly Enqueued[]> {
    const answers = await this.#open().insert(callId, tasks.map(newRowOf))
    this.#notify(tasks.map(({ envelope }) => envelope.queue))
    return answers
  }

  async reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    if (!call.repeat) return await this.#reserves.run(call.callId, () => this.#reserve(call))
    // The database sees to it that a call claims nothing once it is repeated; but what has begun just before may not see that yet.
    await atMost(this.#clock, OWN_CALL_MS, this.#reserves.over(call.callId))
    return deliveriesOf(await this.#open().claimedUnder(call.callId), call.callId)
  }

  async #reserve(call: ReserveCall): Promise<readonly Delivery[]> {
    const look = async () => {
      const claim = await this.#open().claim(call.queues, call.max, call.callId, call.signal)
      const nextDueMs = claim.nextDueAt === null ? undefined : Math.max(0, claim.nextDueAt - claim.now)
      return { deliveries: deliveriesOf(claim, call.callId), nextDueMs }
    }
    return await reserveWaiting(call, look, this.#wakeups, this.#clock)
  }

  async extend(extensions: readonly Extension[]): Promise<readonly ExtendAnswer[]> {
    return await this.#open().extend(extensions)
  }

  async settle(settlements: readonly Settlement[]): Promise<readonly SettleAnswer[]> {
    const outcomes = await this.#open().settle(settlements)
    this.#notify(queuesToWake(settlements))
    return settlements.map((settlement, index) => answerOf(settlement, outcomes[index]))
  }

  /** The dialect, once the driver is open. */
  #open(): Dialect {
    if (this.#state === 'closed') throw new ClosedError(`The driver '${this.name}'`)
    return this.#dialect
  }

  #notify(queues: readonly string[]): void {
    if (queues.length === 0 || !this.#wakeups.isWatched) return
    for (const queue of new Set(queues)) this.#wakeups.notify(queue)
  }
}

const NO_TIMES = { delayMs: undefined, dueAt: undefined, expiresInMs: undefined, expiresAt: undefined }

function answerOf(settlement: Settlement, outcome: 'applied' | Standing | undefined): SettleAnswer {
  if (outcome === undefined) throw new Error('the dialect answered for fewer settlements than it was given')
  return outcome === 'applied' ? 'settled' : judge(settlement, outcome)
}

/** Where something may be ready once it is written. */
function queuesToWake(settlements: readonly Settlement[]): readonly string[] {
  const queues: string[] = []
  for (const settlement of settlements) {
    if (settlement.kind === 'retry' || settlement.kind === 'release') queues.push(settlement.lease.queue)
    if (settlement.kind !== 'complete' || settlement.followUps === undefined) continue
    for (const { envelope } of settlement.followUps) queues.push(envelope.queue)
  }
  return queues
}

function deliveriesOf({ rows, now }: Claim, token: string): readonly Delivery[] {
  return rows.map((row) => deliveryOf(row, token, now))
}

function transactionsOf<Tx>({ accepts, expects, insert }: TransactionParts<Tx>): Transactions<Tx> {
  return { accepts, expects, enqueue: async (client, tasks) => await insert(client, tasks.map(newRowOf)) }
}

function ledgerOf(dialect: () => Dialect): Ledger {
  return {
    admit: async ({ token, tasks }) => {
      const rows = tasks.map((envelope) =>
        newRowOf({ envelope: { ...envelope, unique: undefined }, ...NO_TIMES }),
      )
      return (await dialect().admit(rows, token)).map(admissionOf)
    },
  }
}

function coordinationOf(dialect: () => Dialect, wakeups: Wakeups): Coordination {
  return {
    read: async (kind, scope) => await dialect().read(kind, scope),
    write: async ({ scope, writes, tasks = [] }) => {
      const answer = await dialect().write(scope, writes, tasks.map(newRowOf))
      if (answer === 'written' && tasks.length > 0) wakeups.notify(scope)
      return answer
    },
  }
}

/** @param open throws where the driver is not open. */
function eventsOf(open: () => unknown, events: EventBus): EventBus {
  return {
    maxBytes: events.maxBytes,
    publish: async (channel, messages) => {
      open()
      await events.publish(channel, messages)
    },
    subscribe: async (channel, listener) => {
      open()
      return await events.subscribe(channel, listener)
    },
  }
}

function recoveryOf(dialect: () => Dialect): Recovery {
  return {
    recover: async ({ callId, max, leaseMs }) => {
      const { rows, now } = await dialect().recover(callId, max, leaseMs)
      return rows.map((row) => lostDeliveryOf(row, callId, now))
    },
  }
}

function resultsOf(dialect: () => Dialect): Results {
  return {
    read: async (refs) => (await dialect().results(refs)).map(readingOf),
    watch: async (hint) => await dialect().watchFinished(hint),
  }
}

function inspectionOf(dialect: () => Dialect, wakeups: Wakeups): Inspection {
  return {
    queues: async () => await dialect().queues(),
    count: async (queues) => {
      const rows = await dialect().count(queues)
      return queues.map((queue) => countsOf(rows, queue))
    },
    oldestReady: async (queues) => await dialect().oldestReady(queues),
    get: async (refs) =>
      (await dialect().get(refs)).map((row) => (row === undefined ? undefined : recordOf(row))),
    find: async ({ queue, state, task, limit, cursor }) =>
      pageOf(
        state,
        await dialect().find({ queue, state, task }, { limit, after: afterOf(state, cursor) }),
        recordOf,
      ),
    cancel: async (calls) => await dialect().cancel(calls),
    cancelRequests: async (queues) => await dialect().cancelRequests(queues),
    reschedule: async (ref, due) => {
      const answer = await dialect().reschedule(ref, due)
      wakeups.notify(ref.queue)
      return answer
    },
    replace: async (ref, task) => {
      const answer = await dialect().replace(ref, newRowOf(task))
      wakeups.notify(ref.queue)
      return answer
    },
    remove: async (ref) => await dialect().remove(ref),
    purge: async (queue, states, limit) => await dialect().purge(queue, states, limit),
  }
}

function deadLettersOf(dialect: () => Dialect, wakeups: Wakeups): DeadLetters {
  return {
    count: async (queues) => await dialect().countDead(queues),
    peek: async ({ limit, cursor, ...filter }) =>
      pageOf(
        'dead',
        await dialect().peekDead(filter, { limit, after: afterOf('dead', cursor) }),
        deadLetterOf,
      ),
    retry: async (filter, limit) => {
      const retried = await dialect().retryDead(filter, limit)
      wakeups.notify(filter.queue)
      return retried
    },
    purge: async (filter, limit) => await dialect().purgeDead(filter, limit),
  }
}
