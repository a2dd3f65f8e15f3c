import { createHash } from 'node:crypto'
import type { App } from '../app.ts'
import type { NewTask } from '../contract/enqueue.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import { type SharedEntry, SharedState } from '../coordination/shared-state.ts'
import { BackpressureError, StoreError, UnknownOutcomeError, UnsupportedError } from '../errors.ts'
import type { EnqueueAnswer } from '../middleware/middleware.ts'
import { sleep } from '../runtime/clock.ts'
import { withDeadline } from '../runtime/deadline.ts'
import { backoffMs } from '../runtime/loop.ts'
import { isRetryable, mayBeWritten } from '../runtime/write-batch.ts'
import type { Debounce } from '../task/unique-options.ts'

/** The task that stands for the calls of one key, and when the first of them came, by the backend's clock. */
interface Burst {
  readonly id: string
  readonly since: number
}

const NO_BURST: Burst = { id: '', since: Number.NEGATIVE_INFINITY }
const MAX_UNDER_WAY = 10_000
const MAX_AGE_MS = 30_000
const LONGEST_PAUSE_MS = 50
/** How long, beyond twice the wait, a burst is remembered after its last sign; forgotten early, it costs a second task. */
const MEMORY_MS = 3_600_000

interface Backend {
  readonly inspection: Inspection
  readonly coordination: Coordination
}

/**
 * Stores debounced tasks. A shared record for each key says which task stands for it. A call first tries to take that task's place, which
 * the backend allows while it waits; where it does not wait any more, the call stores a task of its own, together with the record
 * that says so, and only if nobody else has done so meanwhile: then it begins again. So a key has one task at a time that waits, those
 * aside that ran and are tried again; and what a call has acknowledged runs later, or was replaced by a later call.
 *
 * It is not a unique key, since that is held while the task runs, when the next burst may have begun.
 */
export class Debouncer {
  readonly #app: App
  #underWay = 0

  constructor(app: App) {
    this.#app = app
  }

  /**
   * @throws UnsupportedError where the driver can't replace a task, or has no shared records.
   * @throws BackpressureError where too many are under way.
   * @throws UnknownOutcomeError, StoreError where the backend does not answer for 30 s, or the key is too busy for so long.
   */
  async store(task: NewTask, debounce: Debounce): Promise<EnqueueAnswer> {
    const backend = this.#backend()
    if (this.#underWay >= MAX_UNDER_WAY) throw new BackpressureError(`${this.#underWay} debounced tasks`)
    this.#underWay++
    try {
      await this.#app.ready()
      return await new DebouncedCall(this.#app, backend, task, debounce).make()
    } finally {
      this.#underWay--
    }
  }

  #backend(): Backend {
    const { name, inspection, coordination } = this.#app.driver
    if (inspection === undefined || coordination === undefined) {
      const alternative = 'Use redis(), postgres(), mysql() or sqlite() as the driver, or a unique key.'
      throw new UnsupportedError(name, 'debounce', alternative)
    }
    return { inspection, coordination }
  }
}

/** One task on its way. */
class DebouncedCall {
  readonly #app: App
  readonly #inspection: Inspection
  readonly #bursts: SharedState<Burst>
  readonly #task: NewTask
  readonly #debounce: Debounce
  readonly #key: string
  /** The last error that leaves open whether the task is stored. */
  #unsure: unknown
  #mayWrite = false

  constructor(app: App, { inspection, coordination }: Backend, task: NewTask, debounce: Debounce) {
    this.#app = app
    this.#inspection = inspection
    this.#task = task
    this.#debounce = debounce
    this.#key = createHash('sha256').update(debounce.key).digest('base64url').slice(0, 32)
    // Each key has a kind of record of its own, so that looking it up costs the same however many keys there are.
    const kind = { name: `debounce:${this.#key}`, parse: parseBurst }
    this.#bursts = new SharedState(coordination, kind, app.clock, app.random)
  }

  async make(): Promise<EnqueueAnswer> {
    const { clock, events, random } = this.#app
    const { id } = this.#task.envelope
    const until = clock.monotonic() + MAX_AGE_MS
    for (let attempt = 1; ; attempt++) {
      try {
        const what = `the debounced enqueue of ${id}`
        const answer = await withDeadline(clock, MAX_AGE_MS, what, this.#tryOnce())
        if (answer !== undefined) return answer
        if (clock.monotonic() >= until) throw tooBusy(this.#debounce)
        await sleep(clock, random() * Math.min(2 ** attempt, LONGEST_PAUSE_MS))
      } catch (error) {
        this.#refuse(error, until)
        events.emit('client:retry', () => ({ error, attempt, tasks: 1 }))
        await sleep(clock, backoffMs(attempt, random))
      }
    }
  }

  /** Throws what is not worth another try. */
  #refuse(error: unknown, until: number): void {
    if (this.#mayWrite && mayBeWritten(error)) this.#unsure = error
    const isOver = this.#app.clock.monotonic() >= until
    if (isOver && this.#unsure !== undefined) {
      throw new UnknownOutcomeError([this.#task.envelope.id], this.#unsure)
    }
    if (isOver || !isRetryable(error)) throw error
  }

  /** `undefined` where another call was faster. */
  async #tryOnce(): Promise<EnqueueAnswer | undefined> {
    const { queue, id } = this.#task.envelope
    this.#mayWrite = false
    const { entries, now } = await this.#bursts.list(queue)
    this.#mayWrite = true
    const burst = entries.find(({ key }) => key === this.#key)
    if (burst?.value.id === id) return { status: 'created' } // by an earlier try, whose answer was lost
    if (burst !== undefined && (await this.#replace(burst, now))) {
      return { status: 'replaced', of: burst.value.id }
    }
    const change = {
      value: { id, since: now },
      ttlMs: this.#memoryMs,
      tasks: [{ ...this.#task, delayMs: this.#debounce.waitMs }],
    }
    const isStored = await this.#bursts.put(queue, this.#key, change, burst?.version ?? null)
    return isStored ? { status: 'created' } : undefined
  }

  /** Not where it has been put off for long enough: what takes the place of a ready task goes to the end of its line. */
  async #replace(
    { scope, key, value, version, expiresAt }: SharedEntry<Burst>,
    now: number,
  ): Promise<boolean> {
    const { waitMs, maxWaitMs } = this.#debounce
    const delayMs = Math.min(waitMs, value.since + maxWaitMs - now)
    if (value === NO_BURST || delayMs <= 0) return false
    const answer = await this.#inspection.replace({ queue: scope, id: value.id }, { ...this.#task, delayMs })
    if (answer !== 'changed') return false
    const rest = (expiresAt ?? Number.POSITIVE_INFINITY) - now
    if (rest < this.#memoryMs / 2) {
      // It is stored; a record that can't be renewed, or was changed meanwhile, does no harm.
      await this.#bursts.put(scope, key, { value, ttlMs: this.#memoryMs }, version).catch(() => false)
    }
    return true
  }

  get #memoryMs(): number {
    return 2 * this.#debounce.waitMs + MEMORY_MS
  }
}

/** What can't be understood stands for no task, so that the next call may put its own in its place. */
function parseBurst(value: unknown): Burst {
  const known =
    typeof value === 'object' && value !== null && 'id' in value && 'since' in value ? value : NO_BURST
  const { id, since } = known
  return typeof id === 'string' && typeof since === 'number' ? { id, since } : NO_BURST
}

function tooBusy({ key }: Debounce): StoreError {
  return new StoreError('TASQ_STORE_BUSY', `The debounce key '${key}' changed all the time for 30 s.`, {
    nextStep: 'Try again; if it lasts, see who enqueues with it so often.',
    retryable: true,
    outcome: 'refused',
  })
}
