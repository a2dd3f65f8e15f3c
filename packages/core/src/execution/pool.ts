import type { ChildKind } from './execution-mode.ts'
import type { ResolvedExecutionOptions } from './execution-options.ts'
import type { HandlerModule } from './handler-module.ts'
import { PoolChild } from './pool-child.ts'

/** A module and the task that it is for. */
export interface Preload {
  readonly module: HandlerModule
  readonly task: string
}

interface Waiter {
  readonly resolve: (child: PoolChild | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Threads, or processes, each of which runs one handler at a time. They are started when somebody waits for one, up to `poolSize`, and kept
 * until they have run enough tasks, have grown too large, or have died; whoever waits is served in turn. What is on its way out counts until
 * it is gone, so there are never more than `poolSize`.
 */
export class Pool {
  readonly #kind: ChildKind
  readonly #options: ResolvedExecutionOptions
  readonly #preloads: readonly Preload[]
  /** All that are not gone yet. */
  readonly #children = new Set<PoolChild>()
  /** The last one that was used comes first. */
  #idle: readonly PoolChild[] = []
  #starting = 0
  #waiters: readonly Waiter[] = []
  #isClosed = false

  constructor(kind: ChildKind, options: ResolvedExecutionOptions, preloads: readonly Preload[]) {
    this.#kind = kind
    this.#options = options
    this.#preloads = preloads
  }

  /** Starts those that are to be there before the first task. */
  warm(): void {
    if (this.#preloads.length === 0) return // no task is for it
    while (!this.#isClosed && this.#children.size < this.#options.minChildren) void this.#start()
  }

  /**
   * A child for one task, once there is one; `undefined` where the signal aborts first, or the pool is closed. It is to be given back by `done`.
   * @throws ChildDiedError where it could not be started.
   */
  take(signal: AbortSignal): Promise<PoolChild | undefined> {
    return new Promise((resolve, reject) => {
      if (this.#isClosed || signal.aborted) return resolve(undefined)
      const giveUp = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter)
        resolve(undefined)
      }
      const waiter: Waiter = {
        resolve: (child) => {
          signal.removeEventListener('abort', giveUp)
          resolve(child)
        },
        reject: (error) => {
          signal.removeEventListener('abort', giveUp)
          reject(error)
        },
      }
      signal.addEventListener('abort', giveUp)
      this.#waiters = [...this.#waiters, waiter]
      this.#serve()
    })
  }

  /** Its task is over. @param isSpent whether it must not run another one. */
  done(child: PoolChild, isSpent: boolean): void {
    const { maxTasksPerChild, maxMemoryPerChild } = this.#options
    if (!child.isAlive) return
    if (child.isBusy)
      child.kill() // middleware did not wait for its handler
    else if (
      this.#isClosed ||
      isSpent ||
      child.tasks >= maxTasksPerChild ||
      child.memory > maxMemoryPerChild
    ) {
      child.close()
    } else {
      this.#rest(child)
    }
  }

  /** Ends all of them: those that rest by themselves, those that run a handler by force. Resolves when they are gone. */
  async close(): Promise<void> {
    this.#isClosed = true
    const waiters = this.#waiters
    this.#waiters = []
    for (const waiter of waiters) waiter.resolve(undefined)
    const idle = this.#idle
    this.#idle = []
    for (const child of this.#children) {
      child.keepsAlive(true)
      if (idle.includes(child)) child.close()
      else child.kill()
    }
    await Promise.all([...this.#children].map((child) => child.ended))
  }

  #serve(): void {
    while (this.#waiters.length > 0) {
      const [child, ...idle] = this.#idle
      if (child === undefined) break
      this.#idle = idle
      child.keepsAlive(true)
      this.#nextWaiter()?.resolve(child)
    }
    while (this.#starting < this.#waiters.length && this.#children.size < this.#options.poolSize)
      void this.#start()
  }

  async #start(): Promise<void> {
    const child = new PoolChild(this.#kind)
    this.#children.add(child)
    this.#starting++
    let isReady = false
    void child.ended.then(() => this.#gone(child, isReady))
    try {
      for (const { module, task } of this.#preloads) child.load(module, task)
      await child.ready
      isReady = true
    } catch (error) {
      this.#nextWaiter()?.reject(error)
    }
    this.#starting--
    if (isReady && !this.#isClosed) this.#rest(child)
  }

  #rest(child: PoolChild): void {
    child.keepsAlive(false)
    this.#idle = [child, ...this.#idle]
    this.#serve()
  }

  #gone(child: PoolChild, wasReady: boolean): void {
    this.#children.delete(child)
    this.#idle = this.#idle.filter((other) => other !== child)
    if (this.#isClosed) return
    this.#serve()
    if (wasReady) this.warm() // one that can't even start is not started again for nobody
  }

  #nextWaiter(): Waiter | undefined {
    const [first, ...others] = this.#waiters
    this.#waiters = others
    return first
  }
}
