import type { Driver } from '../contract/driver.ts'
import type { KeptKind } from '../contract/facets/retention.ts'
import { InvalidOptionError, UnsupportedError } from '../errors.ts'
import { type Duration, milliseconds } from '../runtime/duration.ts'
import { checkName } from './names.ts'
import type { TaskOptions } from './task-options.ts'

/** How much is kept of one kind: up to an age, up to a count, or both. */
export interface KeepOptions {
  /** The newest so many of each queue; workers remove the others, within about half a minute. @default no bound */
  readonly count?: number | undefined
  /** For so long, where neither the enqueue nor the definition nor `defaults` says how long. @default what they say, else nothing of completed tasks, and dead letters for '14d' */
  readonly age?: Duration | undefined
}

/** What is kept of the tasks of a queue that are over. */
export interface QueueRetentionOptions {
  /** Records of completed and cancelled tasks, with their results. @default only those that options `keepResult` ask for */
  readonly completed?: KeepOptions | undefined
  /** Dead letters. @default by their age only */
  readonly dead?: KeepOptions | undefined
}

/**
 * What is kept of tasks that are over, in all queues, and in some of them otherwise.
 * @example
 * createTasq({ driver, tasks, retention: { completed: { age: '1d', count: 10_000 }, queues: { mail: { dead: { count: 500 } } } } })
 */
export interface RetentionOptions extends QueueRetentionOptions {
  /** By the name of the queue; each field that is absent is that of all queues. @default none */
  readonly queues?: Readonly<Record<string, QueueRetentionOptions>> | undefined
}

/** Of one queue, in the engine's units. */
export interface QueueRetention {
  readonly counts: readonly { readonly kind: KeptKind; readonly count: number }[]
  /** Options behind those of every other place. */
  readonly defaults: Pick<TaskOptions, 'keepResult' | 'keepDeadLetter'>
}

/** What is kept, for each queue. */
export class KeptTasks {
  readonly #all: QueueRetention
  readonly #queues = new Map<string, QueueRetention>()

  /** @throws InvalidOptionError, UnsupportedError naming what is impossible, or not there on this driver. */
  constructor(options: RetentionOptions, driver: Driver) {
    checkObject('retention', options)
    const { queues = {}, ...all } = options
    checkObject('retention.queues', queues)
    this.#all = resolve('retention', all)
    for (const [name, own] of Object.entries(queues)) {
      const option = `retention.queues.${name}`
      checkName(option, name)
      checkObject(option, own)
      const completed = { ...all.completed, ...own.completed }
      const dead = { ...all.dead, ...own.dead }
      this.#queues.set(name, resolve(option, { completed, dead }))
    }
    this.#refuseUnsupported(driver)
  }

  of(queue: string): QueueRetention {
    return this.#queues.get(queue) ?? this.#all
  }

  /** Whether some queue has a bound of number. */
  get hasCounts(): boolean {
    return this.#each.some(({ counts }) => counts.length > 0)
  }

  get #each(): readonly QueueRetention[] {
    return [this.#all, ...this.#queues.values()]
  }

  #refuseUnsupported({ name, retention, results }: Driver): void {
    if (this.hasCounts && retention === undefined) {
      throw new UnsupportedError(name, 'retention by count', 'Bound what is kept by its age.')
    }
    if (results === undefined && this.#each.some(({ defaults }) => defaults.keepResult !== undefined)) {
      const alternative = 'Put a store beside it: createTasq({ driver, store }).'
      throw new UnsupportedError(name, 'records of completed tasks', alternative)
    }
  }
}

function resolve(option: string, { completed, dead }: QueueRetentionOptions): QueueRetention {
  const [ofCompleted, ofDead] = [
    checkKeep(`${option}.completed`, completed),
    checkKeep(`${option}.dead`, dead),
  ]
  return {
    counts: [
      ...(ofCompleted.count === undefined ? [] : [{ kind: 'finished', count: ofCompleted.count } as const]),
      ...(ofDead.count === undefined ? [] : [{ kind: 'dead', count: ofDead.count } as const]),
    ],
    defaults: { keepResult: ofCompleted.ageMs, keepDeadLetter: ofDead.ageMs },
  }
}

function checkKeep(option: string, keep: KeepOptions = {}) {
  checkObject(option, keep)
  const { count, age } = keep
  if (count !== undefined && (!Number.isInteger(count) || count < 1)) {
    throw new InvalidOptionError(`${option}.count`, count, 'an integer from 1')
  }
  return { count, ageMs: age === undefined ? undefined : milliseconds(`${option}.age`, age, 1) }
}

function checkObject(option: string, value: unknown): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InvalidOptionError(option, value, 'an object')
  }
}
