import { BenchError } from '../errors.ts'

/** Nothing may happen for so long before a measurement is given up. */
const STALL_MS = 30_000

interface Waiting {
  readonly goal: number
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** How often each task has run, and who waits for that. */
export class Ran {
  readonly #times: Uint16Array
  readonly #signal: AbortSignal
  #settled = 0
  #latest = performance.now()
  #failure: BenchError | undefined
  #waiting: Waiting | undefined
  /** Called with each task that begins. */
  onStart: ((index: number) => void) | undefined
  /** The last thing that went wrong, should nothing happen any more. */
  problem: string | undefined

  constructor(tasks: number, signal: AbortSignal) {
    this.#times = new Uint16Array(tasks)
    this.#signal = signal
  }

  /** The handler of a task has begun. */
  start(index: number): void {
    this.#times[index] = (this.#times[index] ?? 0) + 1
    this.onStart?.(index)
  }

  /** The backend has confirmed that a task is done. */
  settle(): void {
    this.#settled++
    this.#latest = performance.now()
    if (this.#waiting !== undefined && this.#settled >= this.#waiting.goal) this.#waiting.resolve()
  }

  get settled(): number {
    return this.#settled
  }

  /** A task did not come to its end. */
  fail(reason: string): void {
    this.#failure ??= new BenchError(`A task failed: ${reason}`, 'Correct that, and try again.')
    this.#waiting?.reject(this.#failure)
  }

  /**
   * Resolves when so many tasks are done.
   * @throws BenchError where one fails, or nothing happens for 30 s; the signal's reason where it aborts.
   */
  async until(goal: number): Promise<void> {
    this.#signal.throwIfAborted()
    if (this.#failure !== undefined) throw this.#failure
    if (this.#settled >= goal) return
    this.#latest = performance.now()
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#waiting = { goal, resolve, reject }
    const abort = () => reject(this.#signal.reason)
    this.#signal.addEventListener('abort', abort)
    const watch = setInterval(() => this.#refuseStall(goal, reject), 1_000)
    try {
      await promise
    } finally {
      clearInterval(watch)
      this.#signal.removeEventListener('abort', abort)
      this.#waiting = undefined
    }
  }

  /** @throws BenchError unless each of the first so many ran exactly once. */
  check(tasks: number): void {
    const times = this.#times.subarray(0, tasks)
    const never = times.filter((time) => time === 0).length
    const often = times.filter((time) => time > 1).length
    if (never + often === 0) return
    throw new BenchError(
      `Of ${tasks} tasks, ${never} never ran and ${often} ran more than once; so there are no figures.`,
      'Try it again; a backend that gives none but at-least-once may do this.',
    )
  }

  #refuseStall(goal: number, reject: (error: unknown) => void): void {
    if (performance.now() - this.#latest < STALL_MS) return
    const why = this.problem === undefined ? '' : ` Last: ${this.problem}.`
    const problem = `${this.#settled} of ${goal} tasks ran, then nothing for ${STALL_MS / 1_000} s.${why}`
    reject(new BenchError(problem, 'See that the backend is well: tasq doctor.'))
  }
}
