import {
  AttemptTimeoutError,
  type DeadReason,
  LeaseLostError,
  TaskCancelledError,
  WorkerStoppingError,
} from '@tasq/core'
import type { CancelAnswer } from '@tasq/core/driver'
import type { Act, Limit, QueueName, TaskPlan } from './plan.ts'

/** A task that is stored, and what is known of it. Instants are in ms since epoch. */
export interface StoredTask {
  readonly id: string
  readonly queue: QueueName
  readonly plan: TaskPlan
  /** Its place in the order of all that were enqueued. */
  readonly ordinal: number
  readonly sentAt: number
  readonly answeredAt: number
  /** When it first ended, where that was seen before it was taken back from the dead letters. */
  firstEndedAt?: number
  /** How many calls of handlers there had been each time that it was taken back. */
  readonly redrives: number[]
  readonly cancels: { readonly sentAt: number; readonly answeredAt: number; readonly answer: CancelAnswer }[]
  /** Set where it came of a schedule. */
  readonly scheduledFor?: number | undefined
}

/** An enqueue that stored nothing, because of another task. */
export interface Duplicate {
  readonly of: string
  readonly plan: TaskPlan
  readonly sentAt: number
  readonly answeredAt: number
}

/** One enqueue among those that are debounced. */
export interface Burst {
  readonly id: string
  readonly plan: TaskPlan
  /** Of its input. */
  readonly number: number
  readonly sentAt: number
}

/** Why the signal of a handler aborted. */
export type Cause = 'timeout' | 'cancelled' | 'stopping' | 'lost'

/** One call of a handler. */
export interface Call {
  readonly id: string
  readonly queue: string
  readonly process: number
  readonly attempt: number
  readonly act: Act
  readonly startedAt: number
  readonly enqueuedAt: number
  readonly scheduledFor?: number | undefined
  readonly result: string
  /** Of its input; those of schedules and follow-ups have none. */
  readonly number?: number | undefined
  /** Tasks that are to be stored if it completes. */
  readonly followUps: string[]
  endedAt?: number
  /** `aborted`: it threw what its signal aborted with. */
  end?: Act['ends'] | 'aborted'
  abortedAt?: number
  cause?: Cause | undefined
  /** `cause` when it ended. */
  causeAtEnd?: Cause | undefined
}

/** A task that a backend has given to a worker. */
export interface Claim {
  /** By the backend's clock. */
  readonly at: number
  readonly process: number
  readonly queue: string
  readonly id: string
  readonly priority: number
  readonly readyAt: number
}

/** What was said about a queue, and when. */
export interface Setting {
  readonly kind: 'pause' | 'resume' | 'limit'
  readonly queue: QueueName
  readonly limit?: Limit | undefined
  /** Whether it was said before any worker started, so that each has read it before it began. */
  readonly isFirst?: boolean | undefined
  readonly sentAt: number
  readonly doneAt: number
}

/** What was said about the schedule of a queue, and when. */
export interface ScheduleChange {
  readonly kind: 'setSchedule' | 'pauseSchedule' | 'resumeSchedule' | 'removeSchedule'
  readonly queue: QueueName
  readonly sentAt: number
  readonly doneAt: number
}

/** A time in which a process could not do as it should. */
export interface Trouble {
  readonly process: number
  readonly from: number
  readonly kind: 'killed' | 'fault'
}

/** Where a task was found at the end. */
export interface Finding {
  readonly state: 'ready' | 'scheduled' | 'active' | 'completed' | 'cancelled' | 'dead' | 'gone'
  readonly reason?: DeadReason | undefined
  readonly attempts?: number | undefined
  readonly result?: unknown
  readonly finishedAt?: number | undefined
}

const SIMPLE: Omit<TaskPlan, 'queue'> = {
  priority: 0,
  delay: 0,
  isFar: false,
  maxAttempts: 3,
  keepsResult: true,
  script: [],
}

/** All that happened while a plan was run, as it was seen from outside of the engine. */
export class Journal {
  readonly tasks = new Map<string, StoredTask>()
  readonly duplicates: Duplicate[] = []
  readonly calls: Call[] = []
  readonly claims: Claim[] = []
  readonly settings: Setting[] = []
  readonly scheduleChanges: ScheduleChange[] = []
  readonly bursts: Burst[] = []
  /** How many inputs there have been. */
  enqueues = 0
  /** Queues of the tasks that handlers wanted to follow, by id. */
  readonly followUps = new Map<string, QueueName>()
  /** Tasks of schedules that somebody has asked for. */
  readonly triggered = new Set<string>()
  readonly troubles: Trouble[] = []
  /** Tasks of which a worker said that it lost one, took one over, or does not know what became of it. */
  readonly troubled = new Set<string>()
  /** How often workers told that a task is completed. */
  readonly completions = new Map<string, number>()
  readonly problems: string[] = []
  readonly #lines: string[] = []
  readonly #now: () => number
  readonly #start: number

  constructor(now: () => number) {
    this.#now = now
    this.#start = now()
  }

  store(task: Omit<StoredTask, 'ordinal' | 'redrives' | 'cancels'>): void {
    if (this.tasks.has(task.id)) this.problems.push(`${task.id} was created twice`)
    this.tasks.set(task.id, { ...task, ordinal: this.tasks.size, redrives: [], cancels: [] })
  }

  /** A task that came of a schedule: it may be seen several times. */
  adopt(id: string, queue: QueueName, enqueuedAt: number, scheduledFor: Date): void {
    if (this.tasks.has(id)) return
    const times = { sentAt: enqueuedAt, answeredAt: enqueuedAt, scheduledFor: scheduledFor.getTime() }
    this.store({ id, queue, plan: { ...SIMPLE, queue }, ...times })
  }

  /** A task that follows another one: seen when it runs, or when all is looked at. */
  adoptFollowUp(id: string, at: number): void {
    const queue = this.followUps.get(id)
    if (queue === undefined || this.tasks.has(id)) return
    this.store({ id, queue, plan: { ...SIMPLE, queue }, sentAt: at, answeredAt: at })
  }

  note(text: string): void {
    this.#lines.push(`${this.when(this.#now())} ${text}`)
  }

  /** An instant as it is shown, in ms since the start. */
  when(instant: number): string {
    return `+${instant - this.#start}`
  }

  get lines(): readonly string[] {
    return this.#lines
  }

  /** How long the longest call to the backend took of which this tells, in ms. */
  get longestCallMs(): number {
    const calls = [...this.tasks.values(), ...this.duplicates].map(
      ({ sentAt, answeredAt }) => answeredAt - sentAt,
    )
    const changes = [...this.settings, ...this.scheduleChanges].map(({ sentAt, doneAt }) => doneAt - sentAt)
    return Math.max(0, ...calls, ...changes)
  }

  /** The calls of a task, in the order in which they began. */
  callsOf(id: string): readonly Call[] {
    return this.calls.filter((call) => call.id === id)
  }

  /** The same, one list for each time that the task began anew: first as enqueued, then whenever it came back from the dead. */
  livesOf({ id, redrives }: StoredTask): readonly (readonly Call[])[] {
    const starts = [0, ...redrives]
    return starts.map((from, index) =>
      this.calls.slice(from, starts[index + 1]).filter((call) => call.id === id),
    )
  }

  /** Whether all that was written about a task was written at once, so that its end follows from its calls. */
  isSure(id: string): boolean {
    return this.isCalm && !this.troubled.has(id)
  }

  killedAt(process: number): number | undefined {
    return this.troubles.find((trouble) => trouble.process === process && trouble.kind === 'killed')?.from
  }

  /** Whether a process has met no fault up to an instant. */
  isSound(process: number, until: number): boolean {
    return !this.troubles.some((trouble) => trouble.process === process && trouble.from <= until)
  }

  /** Whether nothing was broken, so that all must have gone as it should. */
  get isCalm(): boolean {
    return this.troubles.length === 0
  }
}

export function causeOf(reason: unknown): Cause | undefined {
  if (reason instanceof AttemptTimeoutError) return 'timeout'
  if (reason instanceof TaskCancelledError) return 'cancelled'
  if (reason instanceof WorkerStoppingError) return 'stopping'
  return reason instanceof LeaseLostError ? 'lost' : undefined
}
