import type { App } from '../app.ts'
import { validate } from '../codec/schema.ts'
import type { Driver } from '../contract/driver.ts'
import type { TaskRef } from '../contract/envelope.ts'
import type { Cancellation } from '../contract/facets/cancellation.ts'
import type { Coordination } from '../contract/facets/coordination.ts'
import type { Inspection } from '../contract/facets/inspection.ts'
import type { ResultReading, Results } from '../contract/facets/results.ts'
import type { Failure } from '../contract/failure.ts'
import {
  ResultNotKeptError,
  ResultTimeoutError,
  TaskCancelledError,
  TaskDeadError,
  TaskNotFoundError,
} from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import type { Facets } from './facets.ts'
import { type CancelAccess, KnownTask, type ProgressAccess, type TaskAccess } from './known-task.ts'
import type { ResultWaiter } from './result-waiter.ts'

/** How long `result()` waits. Waiting ends, the task goes on. */
export interface ResultOptions {
  /** How long to wait; then it rejects with a ResultTimeoutError. @default '5m' */
  readonly timeout?: Duration | undefined
  /** Ends the wait; the promise rejects with its reason. @default none */
  readonly signal?: AbortSignal | undefined
}

/** What every handle has. */
export interface TaskHandleBase {
  readonly id: string
  readonly queue: string
  /** Name of the task definition. */
  readonly task: string
  /**
   * `duplicate`: its unique key was taken, and `id` is that of the task which holds it. `replaced`: it has taken the place of a waiting
   * task, whose id it has (option `debounce`). `known`: not enqueued by this call.
   */
  readonly status: 'created' | 'duplicate' | 'replaced' | 'known'
  /** Whether the task keeps its result; `undefined` where this call can't know. */
  readonly keepsResult: boolean | undefined
  /** Takes it back from the dead letters, with all its attempts; `false` where it is not there. */
  retry(): Promise<boolean>
}

/** With drivers that keep results. */
export interface ResultAccess<Result> {
  /**
   * What the handler returned, once it has. Never hangs.
   * @throws ResultTimeoutError after the timeout; the task goes on.
   * @throws TaskDeadError where the task was given up, with its last failure.
   * @throws TaskCancelledError where it was cancelled.
   * @throws TaskNotFoundError where it was removed, or its outcome is no longer kept.
   * @throws ResultNotKeptError where it was enqueued without `keepResult`.
   * @throws DecodeError, InvalidInputError where the kept result can't be read, or does not satisfy the `output` schema.
   * @throws ClosedError where the app is closed meanwhile.
   */
  result(options?: ResultOptions): Promise<Result>
}

/** One task, as much of it as the driver can show. */
export type TaskHandle<Result = unknown, D extends Driver = Driver> = TaskHandleBase &
  (D extends { readonly results: Results } ? ResultAccess<Result> : unknown) &
  (D extends { readonly coordination: Coordination } ? ProgressAccess : unknown) &
  (D extends { readonly cancellation: Cancellation } ? CancelAccess : unknown) &
  (D extends { readonly inspection: Inspection } ? TaskAccess : unknown)

export interface HandleEnvironment {
  readonly app: App
  readonly facets: Facets
  readonly waiter: ResultWaiter
}

const DEFAULT_TIMEOUT: Duration = '5m'

export class StoredTaskHandle extends KnownTask implements TaskHandleBase, ResultAccess<unknown> {
  readonly task: string
  readonly status: TaskHandleBase['status']
  readonly keepsResult: boolean | undefined
  readonly #environment: HandleEnvironment
  readonly #definition: TaskDefinition

  constructor(
    environment: HandleEnvironment,
    definition: TaskDefinition,
    ref: TaskRef,
    status: TaskHandleBase['status'],
    keepsResult: boolean | undefined,
  ) {
    super(environment.app, environment.facets, ref)
    this.#environment = environment
    this.#definition = definition
    this.task = definition.name
    this.status = status
    this.keepsResult = keepsResult
  }

  async result(options: ResultOptions = {}): Promise<unknown> {
    const { waiter } = this.#environment
    if (this.keepsResult === false) throw new ResultNotKeptError(this.task, this.id)
    const timeoutMs = milliseconds('timeout', options.timeout ?? DEFAULT_TIMEOUT)
    const reading = await this.#withTimeout(timeoutMs, options.signal, (signal) => waiter.wait(this, signal))
    options.signal?.throwIfAborted()
    if (reading === undefined) throw new ResultTimeoutError(this.id, timeoutMs)
    return await this.#valueOf(reading)
  }

  protected override async definitionName(): Promise<string> {
    return this.task
  }

  #shown(failure: Failure | undefined): Failure | undefined {
    const { redaction } = this.#environment.app
    return failure === undefined ? undefined : (redaction?.failure(this.task, failure) ?? failure)
  }

  async #withTimeout<Value>(
    ms: number,
    signal: AbortSignal | undefined,
    wait: (signal: AbortSignal) => Promise<Value>,
  ): Promise<Value> {
    const { clock } = this.#environment.app
    const controller = new AbortController()
    const abort = () => controller.abort()
    signal?.addEventListener('abort', abort)
    if (signal?.aborted) abort()
    const timer = clock.setTimeout(abort, ms)
    try {
      return await wait(controller.signal)
    } finally {
      clock.clearTimeout(timer)
      signal?.removeEventListener('abort', abort)
    }
  }

  async #valueOf(reading: ResultReading): Promise<unknown> {
    switch (reading.state) {
      case 'completed': {
        const what = `the result of task '${this.task}'`
        const value =
          reading.result === undefined ? undefined : this.#environment.app.codecs.decode(reading.result, what)
        return await validate(this.#definition.output, value, this.task, 'result')
      }
      case 'cancelled':
        throw new TaskCancelledError(this.id, reading.reason)
      case 'dead':
        throw new TaskDeadError(this.id, reading.reason, this.#shown(reading.failure))
      default:
        throw new TaskNotFoundError(this.queue, this.id)
    }
  }
}
