import { randomUUID } from 'node:crypto'
import type { App } from '../app.ts'
import type { Coordination, RecordWrite } from '../contract/facets/coordination.ts'
import { type KeptProgress, progressKind } from '../coordination/progress-record.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import type { Hold } from './hold.ts'
import type { ResolvedWorkerOptions } from './worker-options.ts'

/** A queue is written to at most once in so long. */
const INTERVAL_MS = 1_000
/** The first report of a queue that was at rest waits this long for others. */
const GATHER_MS = 100
const MOST_AT_ONCE = 100
const LARGEST_CALL = 1_000_000
const LARGEST_RECORD = 32_000
/** Reports that wait beyond this number are forgotten, the oldest first. */
const MOST_WAITING = 10_000
const ANSWER_MS = 5_000

interface Waiting {
  readonly hold: Hold
  readonly kept: KeptProgress
}

interface Taken {
  readonly report: Waiting
  readonly write: RecordWrite
}

interface QueueOfReports {
  /** By task id; a later report takes the place of an earlier one. */
  readonly waiting: Map<string, Waiting>
  isBusy: boolean
}

/**
 * Keeps what the attempts of a worker say of themselves, as shared records: many of them in one write, and one write a second for each
 * queue. It is told to whoever asks for it and nothing depends on it, so what can't be written is tried again with the next write, and
 * forgotten when the worker stops.
 *
 * A record belongs to one attempt of a task, so that a late worker can't overwrite what the attempt after its own has said. Attempts that
 * were handed back share their number with the next one: of them nothing is written any more, nor of those whose lease is over.
 */
export class ProgressKeeper {
  readonly #app: App
  readonly #coordination: Coordination
  readonly #ttlMs: number
  readonly #onError: (error: unknown) => void
  readonly #queues = new Map<string, QueueOfReports>()
  readonly #stopping = new AbortController()

  constructor(app: App, coordination: Coordination, ttlMs: number, onError: (error: unknown) => void) {
    this.#app = app
    this.#coordination = coordination
    this.#ttlMs = ttlMs
    this.#onError = onError
  }

  keep(hold: Hold, kept: KeptProgress): void {
    const { queue, id } = hold.lease
    const reports = this.#reportsOf(queue)
    reports.waiting.delete(id)
    reports.waiting.set(id, { hold, kept })
    if (reports.waiting.size > MOST_WAITING) reports.waiting.delete(firstOf(reports.waiting))
    if (!reports.isBusy) void this.#writeAll(queue, reports)
  }

  /** Nothing more is to be written of this attempt. */
  forget(hold: Hold): void {
    const { queue, id } = hold.lease
    const waiting = this.#queues.get(queue)?.waiting
    if (waiting?.get(id)?.hold === hold) waiting.delete(id)
  }

  /** Writes what waits, at once and once only. */
  async flush(): Promise<void> {
    this.#stopping.abort()
    const writes = [...this.#queues].map(([queue, reports]) => this.#writeSome(queue, reports))
    await Promise.all(writes)
  }

  async #writeAll(queue: string, reports: QueueOfReports): Promise<void> {
    const { clock } = this.#app
    const { signal } = this.#stopping
    reports.isBusy = true
    await sleep(clock, GATHER_MS, signal)
    while (reports.waiting.size > 0 && !signal.aborted) {
      await this.#writeSome(queue, reports)
      await sleep(clock, INTERVAL_MS, signal)
    }
    reports.isBusy = false
  }

  /** What can't be written waits for the next time, unless there is something newer. */
  async #writeSome(queue: string, { waiting }: QueueOfReports): Promise<void> {
    const batch = this.#take(waiting)
    if (batch.length === 0) return
    const writes = batch.map(({ write }) => write)
    const { clock, ready } = this.#app
    try {
      const written = ready().then(() => this.#coordination.write({ scope: queue, writes }))
      await withDeadline(clock, ANSWER_MS, `the progress of ${batch.length} tasks`, written)
    } catch (error) {
      for (const { report } of batch) {
        const { id } = report.hold.lease
        if (!waiting.has(id)) waiting.set(id, report)
      }
      this.#onError(error)
    }
  }

  #take(waiting: Map<string, Waiting>): readonly Taken[] {
    const batch: Taken[] = []
    let bytes = 0
    for (const [id, report] of waiting) {
      if (batch.length >= MOST_AT_ONCE || bytes >= LARGEST_CALL) break
      waiting.delete(id)
      if (!this.#isOurs(report.hold)) continue
      const value = textOf(report.kept)
      bytes += value.length
      const { name: kind } = progressKind(id)
      const key = `${report.kept.attempt}`
      batch.push({ report, write: { kind, key, value, version: randomUUID(), ttlMs: this.#ttlMs } })
    }
    return batch
  }

  /** Held, with time left on its lease; or over, by this worker's own decision. */
  #isOurs({ aborted, isOpen, attemptRuns, leaseEnd }: Hold): boolean {
    if (aborted?.cause === 'lost') return false
    return isOpen ? this.#app.clock.monotonic() < leaseEnd : !attemptRuns
  }

  #reportsOf(queue: string): QueueOfReports {
    let reports = this.#queues.get(queue)
    if (reports === undefined) {
      reports = { waiting: new Map(), isBusy: false }
      this.#queues.set(queue, reports)
    }
    return reports
  }
}

/** Where a worker is to keep progress, and its backend can. */
export function progressKeeperOf(
  app: App,
  { keepProgressMs }: Pick<ResolvedWorkerOptions, 'keepProgressMs'>,
  onError: (error: unknown) => void,
): ProgressKeeper | undefined {
  const { coordination } = app.driver
  if (coordination === undefined || keepProgressMs === undefined) return undefined
  return new ProgressKeeper(app, coordination, keepProgressMs, onError)
}

function firstOf<Key>(map: ReadonlyMap<Key, unknown>): Key {
  return map.keys().next().value as Key
}

/** The oldest lines go first, where they take too much room together. */
function textOf(kept: KeptProgress): string {
  for (let log = kept.log; ; log = log.slice(1)) {
    const text = JSON.stringify({ ...kept, log })
    if (Buffer.byteLength(text) <= LARGEST_RECORD || log.length === 0) return text
  }
}
