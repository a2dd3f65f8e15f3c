import type { App } from '../app.ts'
import { validate } from '../codec/schema.ts'
import type { Enqueued, NewTask } from '../contract/enqueue.ts'
import { InvalidTransactionError, TasqError, UnknownOutcomeError } from '../errors.ts'
import { type EnqueueAnswer, throughEnqueueMiddleware } from '../middleware/middleware.ts'
import type { TaskDefinition } from '../task/define-task.ts'
import type { EnqueueOptions } from '../task/enqueue-options.ts'
import { stamperOf } from '../task/stamper.ts'
import { resolveDebounce } from '../task/unique-options.ts'
import { Debouncer } from './debouncer.ts'
import { EnqueueBatcher } from './enqueue-batcher.ts'
import { Facets } from './facets.ts'

/** A task as it went out, and what the backend said. */
export interface Sent {
  readonly task: NewTask
  readonly enqueued: EnqueueAnswer
}

type Options = EnqueueOptions<unknown>

/** Many inputs of one definition, and what has become of each so far. */
interface Many<Input> {
  readonly definition: TaskDefinition
  readonly inputs: readonly Input[]
  readonly optionsOf: (input: Input, index: number) => Options | undefined
  readonly answers: (Sent | TasqError)[]
}

/** A task that is ready to be stored, and the position of its input. */
interface Prepared {
  readonly task: NewTask
  readonly index: number
}

const LARGEST_PART = 1_000
/** Fewer tasks are not worth a write of their own. */
const LEAST_PART = 100

/** The outbound trip of a task: validate, encode, stamp, middleware, store. */
export class Enqueuer {
  readonly #app: App
  readonly #facets: Facets
  readonly #batcher: EnqueueBatcher
  readonly #debouncer: Debouncer
  #underWay = 0
  #whenIdle: PromiseWithResolvers<void> | undefined

  constructor(app: App) {
    this.#app = app
    this.#facets = new Facets(app.driver)
    this.#batcher = new EnqueueBatcher(app)
    this.#debouncer = new Debouncer(app)
  }

  async enqueue(definition: TaskDefinition, input: unknown, options: Options | undefined): Promise<Sent> {
    this.#underWay++
    try {
      const checked = validate(definition.input, input, definition.name, 'input', definition.sensitive)
      if (checked instanceof Promise) await checked
      const task = this.#stamp(definition, input, options)
      const { middleware } = this.#app
      const enqueued = await (middleware.length === 0
        ? this.#store(task, options)
        : throughEnqueueMiddleware(middleware, task, input, () => this.#store(task, options)))
      if (enqueued.status === 'rejected') throw enqueued.error
      this.#announce(task, enqueued)
      return { task, enqueued }
    } finally {
      this.#over()
    }
  }

  /** A task as it would go out, checked and encoded; it passes no middleware, and nothing is stored. */
  async draft(definition: TaskDefinition, input: unknown, options: Options | undefined): Promise<NewTask> {
    const checked = validate(definition.input, input, definition.name, 'input', definition.sensitive)
    if (checked instanceof Promise) await checked
    return this.#stamp(definition, input, options)
  }

  /**
   * Stores many tasks of one definition, as few calls as the backend allows; an answer or an error for
   * each input, in order. Only what can't be blamed on a single input is thrown. While one part is written the next is made ready.
   */
  async enqueueMany<Input>(
    definition: TaskDefinition,
    inputs: readonly Input[],
    optionsOf: (input: Input, index: number) => Options | undefined,
  ): Promise<readonly (Sent | TasqError)[]> {
    const { maxBatch, writesInFlight = 1 } = this.#app.driver.limits
    // Where several writes may be in flight, the backend works on one part while the next is made ready.
    const share = Math.max(LEAST_PART, Math.ceil(inputs.length / writesInFlight))
    const size = Math.min(maxBatch, LARGEST_PART, share)
    const many: Many<Input> = { definition, inputs, optionsOf, answers: [] }
    const writes: Promise<void>[] = []
    this.#underWay++
    try {
      for (let start = 0; start < inputs.length; start += size) {
        const prepared = await this.#prepare(many, start, Math.min(start + size, inputs.length))
        await writes.at(-writesInFlight)
        writes.push(this.#storePrepared(many, prepared))
      }
    } finally {
      await Promise.all(writes)
      this.#over()
    }
    return many.answers
  }

  /** The queue that tasks of this definition go to where a call says nothing else. */
  queueOf(definition: TaskDefinition): string {
    return stamperOf(this.#app).queueOf(definition)
  }

  /** Resolves when every call under way is over. */
  async idle(): Promise<void> {
    if (this.#underWay === 0) return
    this.#whenIdle ??= Promise.withResolvers()
    await this.#whenIdle.promise
  }

  #over(): void {
    if (--this.#underWay > 0) return
    this.#whenIdle?.resolve()
    this.#whenIdle = undefined
  }

  /** Checks and stamps some of many inputs, in their order; those that can't be stored together are stored, and answered, here. */
  async #prepare<Input>(many: Many<Input>, start: number, end: number): Promise<readonly Prepared[]> {
    const prepared: Prepared[] = []
    const others: Promise<void>[] = []
    for (let index = start; index < end; index++) {
      const other = this.#prepareOne(many, index, prepared)
      if (other !== undefined) others.push(other)
    }
    if (others.length === 0) return prepared
    await Promise.all(others)
    return prepared.sort((a, b) => a.index - b.index) // an asynchronous schema may be done with them in another order
  }

  /** A promise only where the input is not ready at once. */
  #prepareOne<Input>(many: Many<Input>, index: number, prepared: Prepared[]): Promise<void> | undefined {
    const { definition, inputs, optionsOf, answers } = many
    const input = inputs[index] as Input
    const refuse = (error: unknown) => {
      if (!TasqError.isInstance(error)) throw error
      answers[index] = error
    }
    try {
      const options = optionsOf(input, index)
      const isAlone = options?.tx !== undefined || options?.debounce !== undefined
      if (isAlone || this.#app.middleware.length > 0) {
        return this.enqueue(definition, input, options).then((sent) => {
          answers[index] = sent
        }, refuse)
      }
      const checked = validate(definition.input, input, definition.name, 'input', definition.sensitive)
      const stamp = () => void prepared.push({ task: this.#stamp(definition, input, options), index })
      if (checked instanceof Promise) return checked.then(stamp).catch(refuse)
      stamp()
    } catch (error) {
      if (!TasqError.isInstance(error)) return Promise.reject(error) // together with what else may be wrong
      answers[index] = error
    }
    return undefined
  }

  async #storePrepared(
    { answers }: Pick<Many<unknown>, 'answers'>,
    prepared: readonly Prepared[],
  ): Promise<void> {
    const stored = await this.#batcher.addAll(prepared.map(({ task }) => task))
    prepared.forEach(({ task, index }, position) => {
      const enqueued = stored[position] as Enqueued | TasqError
      answers[index] = this.#toAnswer(task, enqueued)
    })
  }

  #stamp(definition: TaskDefinition, input: unknown, options: Options | undefined): NewTask {
    return stamperOf(this.#app).stamp(definition, input, options)
  }

  #toAnswer(task: NewTask, enqueued: Enqueued | TasqError): Sent | TasqError {
    if (TasqError.isInstance(enqueued)) return enqueued
    if (enqueued.status === 'rejected') return enqueued.error
    this.#announce(task, enqueued)
    return { task, enqueued }
  }

  #store(task: NewTask, options: Options | undefined): Promise<EnqueueAnswer> {
    if (options?.debounce !== undefined) {
      const { delay, runAt, tx } = options
      return this.#debouncer.store(task, resolveDebounce(options.debounce, { ...options, delay, runAt, tx }))
    }
    return options?.tx === undefined ? this.#batcher.add(task) : this.#storeInTransaction(task, options.tx)
  }

  async #storeInTransaction(task: NewTask, tx: unknown): Promise<Enqueued> {
    const { transactions } = this.#facets
    if (!transactions.accepts(tx))
      throw new InvalidTransactionError(this.#app.driver.name, transactions.expects)
    await this.#app.ready()
    // `accepts` has just proven the shape that this driver asks for.
    const [enqueued] = await transactions.enqueue(tx as never, [task])
    if (enqueued === undefined) throw new UnknownOutcomeError([task.envelope.id], 'the driver gave no answer')
    return enqueued
  }

  #announce(task: NewTask, enqueued: EnqueueAnswer): void {
    if (enqueued.status !== 'created') return
    const { id, queue, task: name } = task.envelope
    this.#app.events.emit('task:enqueued', () => ({ id, queue, task: name }))
  }
}
