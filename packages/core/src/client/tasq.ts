import type { App } from '../app.ts'
import { CodecRegistry } from '../codec/codec-registry.ts'
import { checkMaxPayloadBytes } from '../codec/payload-limit.ts'
import type { Driver } from '../contract/driver.ts'
import type { TaskRef } from '../contract/envelope.ts'
import type { Finding } from '../contract/facets/diagnostics.ts'
import { ControlLine } from '../coordination/control-line.ts'
import { Worker } from '../engine/worker.ts'
import { resolveWorkerOptions, type WorkerOptions } from '../engine/worker-options.ts'
import { ClosedError, InvalidOptionError, NotAllEnqueuedError, TasqError } from '../errors.ts'
import { AppEvents } from '../events/app-events.ts'
import type { PoolOptions } from '../pool/pool-options.ts'
import { WorkerPool } from '../pool/worker-pool.ts'
import { redactionOf } from '../redaction/redaction.ts'
import { systemClock } from '../runtime/clock.ts'
import { atMost } from '../runtime/deadline.ts'
import { processUniqueName } from '../runtime/ids.ts'
import { Schedules } from '../schedule/schedules.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import type { EnqueueOptions } from '../task/enqueue-options.ts'
import type { InputArguments } from '../task/enqueueable.ts'
import { checkName } from '../task/names.ts'
import { KeptTasks } from '../task/retention-options.ts'
import { resolveTaskOptions } from '../task/task-options.ts'
import { TaskRegistry } from '../task/task-registry.ts'
import { checkDriver } from './check-driver.ts'
import { diagnose } from './diagnose.ts'
import { Enqueuer, type Sent } from './enqueue.ts'
import { Facets, type TxOf } from './facets.ts'
import type { InputOf, Named, ResultOf, TaskName } from './named-tasks.ts'
import { type OverviewOptions, overviewOf, type QueueOverview } from './overview.ts'
import { QueueHandle } from './queue-handle.ts'
import { ResultWaiter } from './result-waiter.ts'
import { type HandleEnvironment, StoredTaskHandle, type TaskHandle } from './task-handle.ts'
import type { ManyOptions, TasqOptions } from './tasq-options.ts'
import { WorkerDirectory } from './worker-directory.ts'

/** `close()` waits this long for a connection that is being made, then breaks it off. */
const CONNECT_MS = 5_000

/** An app: enqueues tasks, makes workers, looks after queues. Made by `createTasq`. */
export class Tasq<
  D extends Driver = Driver,
  const Tasks extends readonly TaskDefinition[] = readonly TaskDefinition[],
> {
  /**
   * What happens in this process: `tasq.events.on('task:failed', listener)`; and in all that publish:
   * `await tasq.events.subscribe(['task:failed'], listener)`.
   */
  readonly events: AppEvents
  readonly driver: D
  /** The workers of all processes on this backend, and orders to them. */
  readonly workers: WorkerDirectory
  /** What runs at the times of a pattern, in intervals, or once. */
  readonly schedules: Schedules<Tasks>
  readonly #app: App
  readonly #facets: Facets
  readonly #enqueuer: Enqueuer
  readonly #handles: HandleEnvironment
  readonly #workers = new Set<Worker>()
  readonly #pools = new Set<WorkerPool>()
  #connected: Promise<void> | undefined
  #closing: Promise<void> | undefined
  #isClosed = false

  /** Use `createTasq`. */
  constructor(options: TasqOptions<D, Tasks>) {
    const { driver, tasks = [], defaults = {}, codec, codecs = [], middleware = [] } = options
    checkDriver(driver)
    resolveTaskOptions([defaults])
    this.driver = driver
    const { clock = systemClock, random = Math.random, publishEvents } = options
    const [processName, ready] = [processUniqueName(), () => this.#connect()]
    this.events = new AppEvents({ driver, ready, clock, random, processName, publishEvents })
    const onError = (error: unknown) => this.events.emit('control:error', () => ({ error }))
    const registry = new TaskRegistry(tasks)
    const readers = new CodecRegistry(codec, codecs)
    const app: App = {
      driver,
      ready,
      registry,
      defaults,
      kept: options.retention === undefined ? undefined : new KeptTasks(options.retention, driver),
      codecs: readers,
      maxPayloadBytes: checkMaxPayloadBytes(options.maxPayloadBytes),
      events: this.events,
      redaction: redactionOf({ redact: options.redact, registry, codecs: readers, events: this.events }),
      middleware,
      control: new ControlLine({ driver, clock, random, onError }),
      clock,
      random,
      processName,
    }
    this.#facets = new Facets(driver)
    this.#enqueuer = new Enqueuer(app)
    this.schedules = new Schedules(app, this.#facets, this.#enqueuer, options.schedules ?? [])
    this.#app = { ...app, schedules: this.schedules.upkeep }
    this.workers = new WorkerDirectory(this.#app, this.#facets)
    this.#handles = {
      app: this.#app,
      facets: this.#facets,
      waiter: new ResultWaiter(this.#app, this.#facets),
    }
  }

  /** The definitions that this app knows. */
  get tasks(): readonly TaskDefinition[] {
    return this.#app.registry.all
  }

  /** Connects now, to meet errors early; otherwise the first use does. */
  async open(): Promise<void> {
    this.#refuseIfClosed()
    await this.#connect()
  }

  /**
   * Stores a task; resolves when it is as safe as the backend makes it. Calls made at the same time share a write.
   *
   * @throws InvalidInputError where the input does not satisfy the schema.
   * @throws InvalidOptionError, EncodeError, PayloadTooLargeError, UnknownTaskError before anything is sent.
   * @throws UnsupportedError, InvalidTransactionError where this driver can't write with what was passed as `tx`.
   * @throws BackpressureError where too much waits to be written.
   * @throws UnknownOutcomeError where the backend did not answer within 30 s.
   * @throws StoreError where the backend refused, or where earlier writes have not been answered for 30 s.
   * @throws ClosedError after `close()`.
   * @example
   * const handle = await tasq.enqueue(resizeImage, { path: 'a.png', width: 800 }, { delay: '10s' })
   */
  async enqueue<Task extends TaskDefinition | TaskName<Tasks>>(
    task: Task,
    ...[input, options]: InputArguments<InputOf<Named<Tasks, Task>>, EnqueueOptions<TxOf<D>>>
  ): Promise<TaskHandle<ResultOf<Named<Tasks, Task>>, D>> {
    this.#refuseIfClosed()
    const definition = this.#definitionOf(task)
    const sent = await this.#enqueuer.enqueue(definition, input, options)
    return this.#handleOf<ResultOf<Named<Tasks, Task>>>(definition, sent)
  }

  /**
   * Stores many tasks of one definition in few calls; handles in the order of the inputs.
   * @throws NotAllEnqueuedError where some were refused; its `refused` tells which, the others are stored.
   * @example
   * await tasq.enqueueMany(resizeImage, inputs, (input) => ({ unique: { key: input.path } }))
   */
  async enqueueMany<Task extends TaskDefinition | TaskName<Tasks>>(
    task: Task,
    inputs: readonly InputOf<Named<Tasks, Task>>[],
    options?: ManyOptions<InputOf<Named<Tasks, Task>>, TxOf<D>>,
  ): Promise<readonly TaskHandle<ResultOf<Named<Tasks, Task>>, D>[]> {
    this.#refuseIfClosed()
    const definition = this.#definitionOf(task)
    if (!Array.isArray(inputs)) throw new InvalidOptionError('inputs', inputs, 'an array')
    const answers = await this.#enqueuer.enqueueMany(definition, inputs, (input, index) =>
      typeof options === 'function' ? options(input, index) : options,
    )
    const refused = new Map<number, TasqError>()
    const handles: TaskHandle<ResultOf<Named<Tasks, Task>>, D>[] = []
    answers.forEach((answer, index) => {
      if (TasqError.isInstance(answer)) refused.set(index, answer)
      else handles.push(this.#handleOf<ResultOf<Named<Tasks, Task>>>(definition, answer))
    })
    if (refused.size > 0) throw new NotAllEnqueuedError(refused, inputs.length)
    return handles
  }

  /**
   * A handle on a task that was enqueued before, by its id.
   * @param options.queue where it was enqueued to another queue than its definition's.
   */
  handle<Task extends TaskDefinition | TaskName<Tasks>>(
    task: Task,
    id: string,
    options: { readonly queue?: string | undefined } = {},
  ): TaskHandle<ResultOf<Named<Tasks, Task>>, D> {
    const definition = this.#definitionOf(task)
    const queue = options.queue ?? this.#enqueuer.queueOf(definition)
    return this.#newHandle(definition, { queue, id }, 'known', undefined)
  }

  /** A queue, to look at and to look after. */
  queue(name: string): QueueHandle {
    return new QueueHandle(this.#app, this.#facets, checkName('queue', name))
  }

  /**
   * The names of all queues that hold something.
   * @throws UnsupportedError where the driver can't tell.
   */
  async queues(): Promise<readonly string[]> {
    const { inspection } = this.#facets
    await this.open()
    return await inspection.queues()
  }

  /**
   * All queues at a glance, by name: how much waits in each and for how long, how fast it goes, what holds for it. Of a broker alone, which
   * can't list its queues, those that definitions name.
   * @throws UnsupportedError where the driver can't count.
   */
  async overview(options: OverviewOptions = {}): Promise<readonly QueueOverview[]> {
    this.#refuseIfClosed()
    return await overviewOf(this.#app, this.#facets, options)
  }

  /**
   * Looks for what is wrong, or will be: with the backends, store and events included, with what stands in them, and with this app. Works
   * where a backend can't be reached, opens nothing, changes nothing, and does not reject: what goes wrong is a finding.
   * @example
   * for (const { status, message, nextStep } of await tasq.diagnose()) console.log(status, message, nextStep ?? '')
   */
  async diagnose(): Promise<readonly Finding[]> {
    return await diagnose(this.#app)
  }

  /**
   * A worker for this app's tasks; it does nothing before `start()` or `run()`.
   * @throws InvalidOptionError for an impossible option, or where no task has a handler.
   */
  worker(options: WorkerOptions = {}): Worker {
    this.#refuseIfClosed()
    const worker = new Worker(this.#app, options, () => this.#workers.delete(worker))
    this.#workers.add(worker)
    return worker
  }

  /**
   * A pool of worker processes on this machine, each of which loads the app from a module; it does nothing before `start()` or `run()`.
   * @throws InvalidOptionError for an impossible option.
   */
  pool(options: PoolOptions): WorkerPool {
    this.#refuseIfClosed()
    const queues = resolveWorkerOptions(
      options.worker ?? {},
      this.#app.registry,
      this.#app.defaults.queue,
    ).queues
    const pool = new WorkerPool(this.#app, queues, options, () => this.#pools.delete(pool))
    this.#pools.add(pool)
    return pool
  }

  /** Stops its workers, writes what still waits to be written, and lets go of the backend. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#workers, ...this.#pools].map((each) => each.stop()))
    await Promise.all([this.#enqueuer.idle(), this.#app.control.idle()])
    await this.events.close()
    this.#isClosed = true
    this.#handles.waiter.close(new ClosedError('This Tasq'))
    if (this.#connected === undefined) return
    const connected = this.#connected.catch(() => undefined) // whoever connected has been told
    await atMost(this.#app.clock, CONNECT_MS, connected)
    await this.driver.close()
  }

  async #connect(): Promise<void> {
    if (this.#isClosed) throw new ClosedError('This Tasq')
    this.#connected ??= this.driver.open().catch((error: unknown) => {
      this.#connected = undefined
      throw error
    })
    await this.#connected
  }

  #refuseIfClosed(): void {
    if (this.#closing !== undefined) throw new ClosedError('This Tasq')
  }

  #definitionOf(task: TaskDefinition | string): TaskDefinition {
    return typeof task === 'string' ? this.#app.registry.get(task) : task
  }

  #handleOf<Result>(
    definition: TaskDefinition,
    { task: { envelope }, enqueued }: Sent,
  ): TaskHandle<Result, D> {
    const { queue, id, keepResultMs } = envelope
    if (enqueued.status === 'duplicate') {
      return this.#newHandle(definition, { queue, id: enqueued.of }, 'duplicate', undefined)
    }
    const keepsResult = keepResultMs !== undefined
    return enqueued.status === 'replaced'
      ? this.#newHandle(definition, { queue, id: enqueued.of }, 'replaced', keepsResult)
      : this.#newHandle(definition, { queue, id }, 'created', keepsResult)
  }

  #newHandle<Result>(
    definition: TaskDefinition,
    ref: TaskRef,
    status: TaskHandle['status'],
    keepsResult: boolean | undefined,
  ): TaskHandle<Result, D> {
    const handle: unknown = new StoredTaskHandle(this.#handles, definition, ref, status, keepsResult)
    // Its type says what this app's driver can do; its result's type is the definition's.
    return handle as TaskHandle<Result, D>
  }
}
