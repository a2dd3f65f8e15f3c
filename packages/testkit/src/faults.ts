import { type Clock, StoreError, sleep } from '@tasq/core/driver'
import type { DriverOperation } from './driver-operation.ts'

/** Which calls of the operation a fault meets. */
export interface FaultOptions {
  /** How many calls it meets; then it is over. @default 1 */
  readonly times?: number
  /** Meets only every nth call from now on: with 2, the second, the fourth, … @default 1 */
  readonly every?: number
}

interface Fault {
  readonly operation: DriverOperation
  readonly kind: 'fail' | 'loseAnswer' | 'hang' | 'delay'
  readonly ms: number
  readonly every: number
  /** How many more calls it meets. */
  left: number
  /** Calls that it could have met. */
  seen: number
}

/** What goes wrong between a driver and its backend. Each call meets at most one fault: the first that was set. */
export class Faults {
  readonly #clock: Clock
  readonly #calls = new Map<DriverOperation, number>()
  readonly #met = new Map<DriverOperation, number>()
  #faults: Fault[] = []
  #line = new AbortController()
  #outage: 'none' | 'refusing' | 'silent' = 'none'
  /** Rejects when the line is cut, for the calls that are on it. */
  #cut = rejectable()
  /** Rejects once hung calls are let go. */
  #hung = rejectable()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Rejects before anything is sent: nothing has happened. */
  fail(operation: DriverOperation, options: FaultOptions = {}): void {
    this.#add('fail', operation, options)
  }

  /** Executes the call, then rejects: it has happened, and the caller does not know. */
  loseAnswer(operation: DriverOperation, options: FaultOptions = {}): void {
    this.#add('loseAnswer', operation, options)
  }

  /** Sends nothing and says nothing, until `reconnect()` or `clear()` rejects it. */
  hang(operation: DriverOperation, options: FaultOptions = {}): void {
    this.#add('hang', operation, options)
  }

  /** Lets this many ms pass before the call is sent. */
  delay(operation: DriverOperation, ms: number, options: FaultOptions = {}): void {
    this.#add('delay', operation, options, ms)
  }

  /**
   * The backend is out of reach until `reconnect()`: every call but `close` rejects, those under way included.
   * @param options.silently calls get no answer at all, as when packets vanish or the process stands still. @default false
   */
  disconnect({ silently = false }: { readonly silently?: boolean } = {}): void {
    this.#outage = silently ? 'silent' : 'refusing'
    this.#line.abort()
    if (!silently) this.#cut.reject(unavailable('the connection was cut'))
  }

  /** The backend is in reach again; calls that hung reject. */
  reconnect(): void {
    this.#outage = 'none'
    this.#line = new AbortController()
    this.#cut.reject(unavailable('the connection was cut'))
    this.#cut = rejectable()
    this.#letGo()
  }

  /** Takes all faults back, those of `disconnect()` included. */
  clear(): void {
    this.#faults = []
    this.reconnect()
  }

  /** How often an operation has been called, whatever became of the calls. */
  calls(operation: DriverOperation): number {
    return this.#calls.get(operation) ?? 0
  }

  /** How many of them met a fault or an outage: a test that expects faults makes sure that there were some. */
  met(operation: DriverOperation): number {
    return this.#met.get(operation) ?? 0
  }

  /** Aborts when the line is cut. */
  get line(): AbortSignal {
    return this.#line.signal
  }

  /** Makes one call meet what is set for it. */
  async run(operation: DriverOperation, call: () => unknown): Promise<unknown> {
    this.#calls.set(operation, this.calls(operation) + 1)
    if (operation === 'close') return await call()
    await this.#reach(operation)
    const fault = this.#next(operation)
    if (fault?.kind === 'fail') throw unavailable(`${operation} was not sent`)
    if (fault?.kind === 'hang') return await this.#hung.promise
    if (fault?.kind === 'delay') {
      await sleep(this.#clock, fault.ms, this.line)
      await this.#reach(operation)
    }
    const answer = await this.#carry(call)
    if (fault?.kind === 'loseAnswer') throw unavailable(`the answer to ${operation} was lost`)
    return answer
  }

  async #reach(operation: DriverOperation): Promise<void> {
    if (this.#outage === 'none') return
    this.#meet(operation)
    if (this.#outage === 'refusing') throw unavailable(`the backend is out of reach for ${operation}`)
    await this.#hung.promise
  }

  /** An answer comes back only over a line that was not cut meanwhile. */
  async #carry(call: () => unknown): Promise<unknown> {
    const { line } = this
    const cut = this.#cut.promise
    const hung = this.#hung.promise
    const answered = async () => {
      try {
        return await call()
      } finally {
        if (line.aborted) await hung
      }
    }
    return await Promise.race([answered(), cut])
  }

  #add(kind: Fault['kind'], operation: DriverOperation, options: FaultOptions, ms = 0): void {
    const { times = 1, every = 1 } = options
    this.#faults.push({ kind, operation, ms, every, left: times, seen: 0 })
  }

  #next(operation: DriverOperation): Fault | undefined {
    for (const fault of this.#faults) {
      if (fault.operation !== operation || fault.left <= 0) continue
      fault.seen++
      if (fault.seen % fault.every !== 0) continue
      fault.left--
      this.#meet(operation)
      return fault
    }
    return undefined
  }

  #meet(operation: DriverOperation): void {
    this.#met.set(operation, this.met(operation) + 1)
  }

  #letGo(): void {
    this.#hung.reject(unavailable('the call got no answer'))
    this.#hung = rejectable()
  }
}

/** What real drivers say when their backend is away. */
function unavailable(problem: string): StoreError {
  return new StoreError('TASQ_STORE_UNAVAILABLE', `A fault was set: ${problem}.`, {
    nextStep: 'Try again, or clear the faults.',
    retryable: true,
  })
}

interface Rejectable {
  readonly promise: Promise<never>
  readonly reject: (error: Error) => void
}

/** A promise that only ever rejects, and that nobody needs to listen to. */
function rejectable(): Rejectable {
  const { promise, reject } = Promise.withResolvers<never>()
  promise.catch(() => undefined)
  return { promise, reject }
}
