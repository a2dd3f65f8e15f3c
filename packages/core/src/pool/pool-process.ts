import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { WorkerHealth } from '../engine/worker-health.ts'
import type { WorkerMetrics } from '../engine/worker-metrics.ts'
import type { Clock } from '../runtime/clock.ts'
import { type FromChild, isMessage, type ToChild, type WorkReport } from './messages.ts'
import type { PoolMember } from './pool-figures.ts'
import type { ResolvedPoolOptions } from './pool-options.ts'

/** Where this package is built, the file lies in a folder beside the bundle. */
const CHILD = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './child.ts' : './pool/child.js', import.meta.url),
)
const STATS_EVERY_MS = 500

/** How a process of a pool has ended. */
export interface ProcessEnd {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  /** What it said was wrong. */
  readonly problem: string | undefined
  /** Whether it was told to end. */
  readonly wasTold: boolean
  /** What it said of its work; absent where it could not. */
  readonly report: WorkReport | undefined
}

/** One process of a pool, seen from outside. */
export class PoolProcess {
  /** Which of the pool's processes it is, from 1; a later one may have the number of one that has ended. */
  readonly number: number
  readonly ended: Promise<ProcessEnd>
  readonly #child: ChildProcess
  readonly #ready = Promise.withResolvers<void>()
  #state: 'starting' | 'working' | 'stopping' = 'starting'
  #problem: string | undefined
  #workerId: string | undefined
  #report: WorkReport | undefined
  readonly #clock: Pick<Clock, 'monotonic'>
  #metrics: WorkerMetrics | undefined
  #health: WorkerHealth | undefined
  #heardAt: number

  constructor(options: ResolvedPoolOptions, number: number, clock: Pick<Clock, 'monotonic'>) {
    this.number = number
    this.#clock = clock
    this.#heardAt = clock.monotonic()
    this.#child = fork(CHILD, {
      execArgv: [...options.execArgv],
      serialization: 'advanced',
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
    this.#child.on('message', (message: unknown) => {
      if (isMessage<FromChild>(message)) this.#heard(message.tasq)
    })
    this.#child.on('error', (error) => {
      this.#problem ??= error.message
    })
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#ready.resolve()
        resolve({
          code,
          signal,
          problem: this.#problem,
          wasTold: this.#state === 'stopping',
          report: this.#report,
        })
      })
    })
    const { file, exportName, data, workerId } = options
    const worker = { ...options.worker, workerId: workerId && `${workerId}-${number}` }
    this.#tell({ kind: 'work', file, exportName, data, worker, statsEveryMs: STATS_EVERY_MS })
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get state(): 'starting' | 'working' | 'stopping' {
    return this.#state
  }

  /** Attempts that have ended in it, and those under way. */
  get processed(): number {
    return this.#metrics?.tasksProcessed ?? 0
  }

  get active(): number {
    return this.#metrics?.activeTasks ?? 0
  }

  get metrics(): WorkerMetrics | undefined {
    return this.#metrics
  }

  /** What is known of it. */
  get member(): PoolMember {
    return {
      pid: this.pid,
      workerId: this.#workerId,
      state: this.#state,
      activeTasks: this.active,
      tasksProcessed: this.processed,
      health: this.#health,
      metrics: this.#metrics,
      silentMs: this.#clock.monotonic() - this.#heardAt,
    }
  }

  /** Resolves when it works, or has ended before. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Tells it to hand back what waits, to end what runs, and to end. */
  stop(wait: boolean): void {
    this.#state = 'stopping'
    this.#tell({ kind: 'stop', wait })
  }

  /** Ends it at once; what it held is found when its leases are over. */
  kill(): void {
    this.#state = 'stopping'
    this.#child.kill('SIGKILL')
  }

  #heard(message: FromChild): void {
    this.#heardAt = this.#clock.monotonic()
    switch (message.kind) {
      case 'ready':
        this.#workerId = message.workerId
        if (this.#state === 'starting') this.#state = 'working'
        this.#ready.resolve()
        break
      case 'stats':
        this.#metrics = message.metrics
        this.#health = message.health
        break
      case 'stopped':
        this.#report = message.report
        break
      case 'failed':
        this.#problem = message.message
    }
  }

  #tell(tasq: ToChild): void {
    // A process that can't be told has ended, or ends because it is cut off.
    this.#child.send({ tasq }, () => undefined)
  }
}
