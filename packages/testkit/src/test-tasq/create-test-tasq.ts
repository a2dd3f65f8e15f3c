import {
  type Codec,
  createTasq,
  type Duration,
  type InputOf,
  jsonCodec,
  msgpackCodec,
  type TaskDefinition,
  type Tasq,
  type TasqOptions,
} from '@tasq/core'
import { milliseconds, type NewTask } from '@tasq/core/driver'
import { type MemoryDriver, memory, VirtualClock } from '@tasq/core/memory'
import { findEnqueued } from './assert-enqueued.ts'
import { type EnqueuedTask, type Named, type PartialInput, toEnqueuedTask } from './enqueued-task.ts'
import { recording } from './recording.ts'
import type { RunReport } from './run-report.ts'
import { Stage } from './stage.ts'

/** The options of an app, without its driver and clock, and those of the test. */
export interface TestTasqOptions<Tasks extends readonly TaskDefinition[]>
  extends Omit<TasqOptions<MemoryDriver, Tasks>, 'driver' | 'clock' | 'tasks'> {
  /** The definitions of the app under test. Those without a handler can be enqueued and are not run. */
  readonly tasks: Tasks
  /** What the clock shows at the beginning. @default 2026-01-01T00:00:00Z */
  readonly start?: Date
  /** Most handlers running at the same time, for each queue. @default 10 */
  readonly concurrency?: number
  /** Most attempts in one `drain()` or `advance()`, so that a task that enqueues itself for ever is found. @default 10000 */
  readonly maxRuns?: number
  /** How long `drain()` waits, in real time, while nothing happens in the handlers that run. @default '5s' */
  readonly patience?: Duration
  /** Random numbers in [0, 1), for jitter. @default () => 0.5, which makes no jitter */
  readonly random?: () => number
}

/** An app in memory, on a clock that stands still: tasks run when the test says so. Made by `createTestTasq`. */
export class TestTasq<const Tasks extends readonly TaskDefinition[] = readonly TaskDefinition[]> {
  /** The app under test: give it to the code that enqueues. */
  readonly tasq: Tasq<MemoryDriver, Tasks>
  /** Its time. Prefer `advance()`, which also runs what becomes due. */
  readonly clock: VirtualClock
  readonly #stage: Stage
  readonly #stored = new Map<string, NewTask>()
  readonly #codecs: readonly Codec[]

  /** Use `createTestTasq`. */
  constructor(options: TestTasqOptions<Tasks>) {
    const { start, concurrency = 10, maxRuns = 10_000, patience = '5s', ...rest } = options
    const { codec = msgpackCodec, codecs = [], random = () => 0.5 } = rest
    this.clock = new VirtualClock(start?.getTime())
    const driver = recording(memory({ clock: this.clock }), (task) =>
      this.#stored.set(task.envelope.id, task),
    )
    this.tasq = createTasq<MemoryDriver, Tasks>({ ...rest, driver, random, clock: this.clock })
    this.#codecs = [codec, ...codecs, msgpackCodec, jsonCodec]
    const patienceMs = milliseconds('patience', patience, 1)
    this.#stage = new Stage(this.tasq, this.clock, { concurrency, maxRuns, patienceMs })
  }

  /**
   * Runs everything that is ready now, and what that enqueues, until nothing is ready or running. Time
   * stands still: what is delayed stays where it is, a retry with a delay included.
   * @throws NotDrainedError where it does not come to an end: a handler waits for ever, or tasks enqueue tasks without end.
   * @example
   * expect(await test.drain()).toMatchObject({ completed: 3, failed: 0 })
   */
  drain(): Promise<RunReport> {
    return this.#stage.drain()
  }

  /**
   * Lets time pass and runs what becomes due, each at its time: delayed tasks, retries, timeouts. Time stands still while
   * handlers work; one in which nothing happens for 50 ms of real time is taken to wait for the clock, and
   * may go on waiting for it at the next call.
   * @throws NotDrainedError where tasks enqueue tasks without end.
   * @example
   * await test.advance('1h')
   */
  async advance(duration: Duration): Promise<RunReport> {
    return await this.#stage.advance(milliseconds('duration', duration))
  }

  /**
   * What was stored so far, in order, whether it has run or not; duplicates of a unique key are not, and of debounced ones the latest is.
   * Follow-ups are there once the task has completed that wants them.
   * @param task only tasks of this definition, typed by it.
   * @example
   * expect(test.enqueued(sendMail).map(({ input }) => input.to)).toEqual(['a@example.org'])
   */
  enqueued(): readonly EnqueuedTask[]
  enqueued<Task extends TaskDefinition | Tasks[number]['name']>(
    task: Task,
  ): readonly EnqueuedTask<InputOf<Named<Tasks, Task>>>[]
  enqueued(task?: TaskDefinition | string): readonly EnqueuedTask[] {
    const all = [...this.#stored.values()].map((each) => toEnqueuedTask(each, this.#codecs))
    if (task === undefined) return all
    const name = typeof task === 'string' ? task : task.name
    return all.filter((each) => each.task === name)
  }

  /**
   * Finds a task that was enqueued, whether it has run or not, and gives the first that matches.
   * @param partialInput what its input must contain, at any depth.
   * @throws AssertionError that lists what was enqueued instead.
   * @example
   * test.assertEnqueued(sendMail, { to: 'a@example.org' })
   */
  assertEnqueued<Task extends TaskDefinition | Tasks[number]['name']>(
    task: Task,
    partialInput?: PartialInput<InputOf<Named<Tasks, Task>>>,
  ): EnqueuedTask<InputOf<Named<Tasks, Task>>> {
    const name = typeof task === 'string' ? task : task.name
    return findEnqueued(name, partialInput, this.enqueued(task), this.enqueued())
  }

  /** Ends the app at once, whatever runs. */
  async close(): Promise<void> {
    await this.#stage.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }
}

/**
 * Makes an app for a test: in memory, on a virtual clock, with nothing running on its own.
 * @throws InvalidOptionError for an impossible option.
 * @example
 * await using test = createTestTasq({ tasks: [sendMail] })
 * await signUp(test.tasq, 'a@example.org')
 * test.assertEnqueued(sendMail, { to: 'a@example.org' })
 * expect(await test.drain()).toMatchObject({ completed: 1 })
 */
export function createTestTasq<const Tasks extends readonly TaskDefinition[]>(
  options: TestTasqOptions<Tasks>,
): TestTasq<Tasks> {
  return new TestTasq(options)
}
