import type { App } from '../app.ts'
import type { TaskRef } from '../contract/envelope.ts'
import type { ResultReading, Results } from '../contract/facets/results.ts'
import { ClosedError, reasonOf } from '../errors.ts'
import { sleep } from '../runtime/clock.ts'
import { backoffMs } from '../runtime/loop.ts'
import type { Facets } from './facets.ts'

interface Waiter {
  readonly ref: TaskRef
  readonly resolve: (reading: ResultReading) => void
  readonly reject: (error: unknown) => void
  /** Asked for since the last reading. */
  due: boolean
}

/** Everything that is waited for is read again this often, whatever hints come. */
const FLOOR_MS = 1_000
const MOST_IN_ONE_READ = 500

/**
 * Waits for outcomes on behalf of every handle of the app: one subscription to the backend's hints, one
 * read for all tasks that may have finished, and a slow poll behind them. It subscribes before it reads, so
 * that a task that finishes in between is not missed. It sleeps, and holds nothing open, while nobody waits.
 */
export class ResultWaiter {
  readonly #app: App
  readonly #facets: Facets
  readonly #waiters = new Map<string, Set<Waiter>>()
  #wake: (() => void) | undefined
  #serving = false
  /** Monotonic time at which everything was last due. */
  #allDueAt = 0

  constructor(app: App, facets: Facets) {
    this.#app = app
    this.#facets = facets
  }

  /**
   * The outcome once there is one; `undefined` where the signal aborts before.
   * @throws UnsupportedError where nothing keeps results.
   * @throws ClosedError where the app is closed meanwhile.
   */
  async wait(ref: TaskRef, signal: AbortSignal): Promise<ResultReading | undefined> {
    const { results } = this.#facets
    return await new Promise((resolve, reject) => {
      if (signal.aborted) return resolve(undefined)
      const leave = () => {
        signal.removeEventListener('abort', abort)
        this.#remove(waiter)
      }
      const waiter: Waiter = {
        ref,
        due: true,
        resolve: (reading) => {
          leave()
          resolve(reading)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      const abort = () => {
        this.#remove(waiter)
        this.#wake?.()
        resolve(undefined)
      }
      signal.addEventListener('abort', abort)
      this.#add(waiter, results)
    })
  }

  /** Ends every wait at once, with this error. */
  close(error: ClosedError): void {
    for (const waiter of [...this.#all()]) waiter.reject(error)
    this.#wake?.()
  }

  #add(waiter: Waiter, results: Results): void {
    const same = this.#waiters.get(waiter.ref.id) ?? new Set()
    this.#waiters.set(waiter.ref.id, same.add(waiter))
    this.#wake?.()
    if (!this.#serving) {
      this.#serving = true
      this.#allDueAt = this.#app.clock.monotonic()
      void this.#serve(results)
    }
  }

  #remove(waiter: Waiter): void {
    const same = this.#waiters.get(waiter.ref.id)
    same?.delete(waiter)
    if (same?.size === 0) this.#waiters.delete(waiter.ref.id)
  }

  async #serve(results: Results): Promise<void> {
    while (this.#waiters.size > 0) {
      const unwatch = await this.#answerAll(results)
      try {
        await unwatch?.()
      } catch (error) {
        process.emitWarning(`Hints of finished tasks did not stop: ${reasonOf(error)}`, 'TasqWarning')
      }
    }
    this.#serving = false
  }

  /** Answers until nobody waits; gives the way to stop the hints. */
  async #answerAll(results: Results): Promise<(() => Promise<void>) | undefined> {
    let failures = 0
    let unwatch: (() => Promise<void>) | undefined
    while (this.#waiters.size > 0) {
      try {
        await this.#app.ready()
        unwatch ??= await results.watch((refs) => this.#hint(refs))
        await this.#readDue(results)
        failures = 0
        if (this.#waiters.size > 0) await this.#sleepUntilHint()
      } catch (error) {
        if (error instanceof ClosedError) {
          for (const waiter of [...this.#all()]) waiter.reject(error)
          break
        }
        failures++
        this.#app.events.emit('client:retry', () => ({ error, attempt: failures, tasks: this.#waiters.size }))
        this.#hint(undefined)
        await sleep(this.#app.clock, backoffMs(failures, this.#app.random))
      }
    }
    return unwatch
  }

  #hint(refs: readonly TaskRef[] | undefined): void {
    if (refs === undefined) {
      this.#allDueAt = this.#app.clock.monotonic()
      for (const waiter of this.#all()) waiter.due = true
    } else {
      for (const { id } of refs) {
        for (const waiter of this.#waiters.get(id) ?? []) waiter.due = true
      }
    }
    this.#wake?.()
  }

  async #readDue(results: Results): Promise<void> {
    const due = [...this.#all()].filter((waiter) => waiter.due)
    for (const waiter of due) waiter.due = false
    for (let start = 0; start < due.length; start += MOST_IN_ONE_READ) {
      const part = due.slice(start, start + MOST_IN_ONE_READ)
      const readings = await results.read(part.map((waiter) => waiter.ref))
      part.forEach((waiter, index) => {
        const reading = readings[index]
        if (reading !== undefined && reading.state !== 'pending') waiter.resolve(reading)
      })
    }
  }

  async #sleepUntilHint(): Promise<void> {
    const hasDue = [...this.#all()].some((waiter) => waiter.due)
    if (hasDue) return
    const { clock } = this.#app
    const floorAt = this.#allDueAt + FLOOR_MS
    const controller = new AbortController()
    this.#wake = () => controller.abort()
    await sleep(clock, Math.max(0, floorAt - clock.monotonic()), controller.signal)
    this.#wake = undefined
    if (clock.monotonic() >= floorAt) this.#hint(undefined)
  }

  *#all(): Iterable<Waiter> {
    for (const same of this.#waiters.values()) yield* same
  }
}
