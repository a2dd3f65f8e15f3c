import { ChildDiedError } from '../errors.ts'
import type { TaskContext } from '../task/context.ts'
import { carry, revive } from './carried-error.ts'
import type { ChildKind } from './execution-mode.ts'
import type { HandlerModule } from './handler-module.ts'
import type { ChildEnd, Port } from './port.ts'
import { openProcess } from './process-port.ts'
import type { FromChild, Job, Returned } from './protocol.ts'
import { openThread } from './thread-port.ts'

/** A child that is told to close and does not is killed after this time. */
const CLOSE_MS = 5_000

interface Running {
  readonly number: number
  readonly context: TaskContext
  readonly resolve: (returned: Returned) => void
  readonly reject: (error: unknown) => void
}

type FollowUpRequest = Extract<FromChild, { readonly type: 'enqueue' }>

/** One thread or process as its pool sees it: runs one handler at a time, and is ended by its end, `close` or `kill`. */
export class PoolChild {
  readonly #port: Port
  readonly #ready = Promise.withResolvers<void>()
  readonly #ended = Promise.withResolvers<void>()
  #running: Running | undefined
  #end: ChildEnd | undefined
  #closing: NodeJS.Timeout | undefined
  /** Handlers that it has run. */
  tasks = 0
  /** Bytes that it took when the last one ended. */
  memory = 0

  constructor(kind: ChildKind) {
    const open = kind === 'thread' ? openThread : openProcess
    this.#ready.promise.catch(() => undefined) // whoever waits is told; a warm start waits for nothing
    this.#port = open({
      message: (message) => this.#hear(message),
      ended: (end) => this.#over(end),
    })
  }

  /** Resolves when it can run handlers. @throws ChildDiedError where it never could. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Resolves when it is gone. */
  get ended(): Promise<void> {
    return this.#ended.promise
  }

  get isAlive(): boolean {
    return this.#end === undefined
  }

  /** Whether a handler runs in it. */
  get isBusy(): boolean {
    return this.#running !== undefined
  }

  /** Whether it keeps this process alive. */
  keepsAlive(isWanted: boolean): void {
    this.#port.keepsAlive(isWanted)
  }

  /** Loads a module ahead of its first task. Should that fail, the task will say so. */
  load(module: HandlerModule, task: string): void {
    this.#port.send({ type: 'load', module, task })
  }

  /**
   * Runs a handler, whose context's signal, progress and logs go to and fro.
   * @throws what the handler throws; ChildDiedError; and, before anything has run, an error where the input can't be sent.
   */
  run(job: Job, context: TaskContext): Promise<Returned> {
    const number = ++this.tasks
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#died(this.#end))
      this.#port.send({ type: 'run', number, job })
      const { signal } = context
      const abort = () => this.#port.send({ type: 'abort', number, reason: carry(signal.reason) })
      const over = () => {
        this.#running = undefined
        signal.removeEventListener('abort', abort)
      }
      this.#running = {
        number,
        context,
        resolve: (returned) => {
          over()
          resolve(returned)
        },
        reject: (error) => {
          over()
          reject(error)
        },
      }
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }

  /** Ends it between two tasks, with time for its own exit listeners. */
  close(): void {
    if (this.#end !== undefined || this.#closing !== undefined) return
    this.#port.send({ type: 'close' })
    this.#closing = setTimeout(() => this.kill(), CLOSE_MS)
    this.#closing.unref()
  }

  /** Ends it at once, in the midst of whatever it does; the handler that it runs has failed once it is gone. */
  kill(): void {
    if (this.#end === undefined) this.#port.kill()
  }

  #hear(message: FromChild): void {
    if (message.type === 'ready') this.#ready.resolve()
    else this.#hearOfTask(message)
  }

  #hearOfTask(message: Exclude<FromChild, { readonly type: 'ready' }>): void {
    const running = this.#running
    if (running === undefined || running.number !== message.number) return // of a handler that has ended
    const { context } = running
    switch (message.type) {
      case 'progress':
        context.progress(message.progress)
        break
      case 'log':
        context.log(message.message, message.fields)
        break
      case 'enqueue':
        void this.#enqueue(context, message)
        break
      case 'returned':
        this.memory = message.memory
        running.resolve(message.returned)
        break
      case 'failed':
        this.memory = message.memory
        running.reject(revive(message.error))
    }
  }

  async #enqueue(context: TaskContext, message: FollowUpRequest): Promise<void> {
    const { number, request, task, input, options } = message
    const answer = await context.enqueue(task, input, options).then(
      (followUp) => ({ followUp }),
      (error: unknown) => ({ error: carry(error) }),
    )
    if (this.#end === undefined) this.#port.send({ type: 'enqueued', number, request, ...answer })
  }

  #over(end: ChildEnd): void {
    this.#end = end
    clearTimeout(this.#closing)
    const error = this.#died(end)
    this.#ready.reject(error)
    this.#ended.resolve()
    this.#running?.reject(error)
  }

  #died({ how, cause }: ChildEnd): ChildDiedError {
    return new ChildDiedError(this.#port.name, how, cause)
  }
}
