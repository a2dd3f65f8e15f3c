import {
  type DeadReason,
  type EventSubscription,
  type Failure,
  type QueueOverview,
  type SubscribeOptions,
  type TaskSnapshot,
  type Tasq,
  TasqError,
} from '@tasq/core'

/** An attempt that failed, or a task that was given up. */
export interface SeenFailure {
  readonly at: Date
  readonly task: string
  readonly id: string
  readonly queue: string
  readonly attempt: number
  /** `dead`: it was given up. */
  readonly state: 'failed' | 'dead'
  readonly problem: string
}

const MOST = 50
/** Dead letters come oldest first: of more than this, the latest can't be had at a small price. */
const PAGE = 100

/** The latest failures: as apps tell them that publish their events, else as the dead letters have them. */
export class RecentFailures {
  readonly #tasq: Tasq
  #seen: readonly SeenFailure[] = []
  /** How many dead letters each queue had at the last look. */
  readonly #dead = new Map<string, number>()
  #subscription: EventSubscription | undefined

  constructor(tasq: Tasq) {
    this.#tasq = tasq
  }

  /** The latest first. */
  get latest(): readonly SeenFailure[] {
    return this.#seen
  }

  /** Hears of them from now on, where the backend carries events; `onFailure` is called after each. */
  async listen(options: SubscribeOptions, onFailure: () => void): Promise<void> {
    try {
      this.#subscription = await this.#tasq.events.subscribe(
        ['task:failed', 'task:dead'],
        ({ name, at, data }) => {
          const { task, id, queue, attempt, failure } = data
          const problem = problemOf(failure, 'reason' in data ? data.reason : undefined)
          const state = name === 'task:dead' ? 'dead' : 'failed'
          this.#add([{ at, task, id, queue, attempt, state, problem }])
          onFailure()
        },
        options,
      )
    } catch (error) {
      if (!TasqError.isInstance(error) || error.code !== 'TASQ_UNSUPPORTED') throw error
    }
  }

  /** Reads the dead letters of queues that have others than before. */
  async look(queues: readonly QueueOverview[]): Promise<void> {
    await Promise.all(queues.map(({ queue, counts: { dead } }) => this.#lookAt(queue, dead)))
  }

  async stop(): Promise<void> {
    await this.#subscription?.stop()
  }

  async #lookAt(queue: string, dead: number): Promise<void> {
    if (this.#dead.get(queue) === dead) return
    if (dead > 0 && dead <= PAGE) {
      const { items } = await this.#tasq.queue(queue).deadLetters.list({ limit: PAGE })
      this.#add(items.map(failureOf))
    }
    this.#dead.set(queue, dead)
  }

  /** Of what was seen twice, what was told first counts; the attempt after which a task was given up is shown as its death only. */
  #add(failures: readonly SeenFailure[]): void {
    const all = [...new Map([...failures, ...this.#seen].map((each) => [keyOf(each), each])).values()]
    const lastAttempts = new Set(all.filter(({ state }) => state === 'dead').map(attemptOf))
    this.#seen = all
      .filter((each) => each.state === 'dead' || !lastAttempts.has(attemptOf(each)))
      .sort((a, b) => b.at.getTime() - a.at.getTime())
      .slice(0, MOST)
  }
}

function keyOf(failure: SeenFailure): string {
  return failure.state === 'dead' ? failure.id : attemptOf(failure)
}

function attemptOf({ id, attempt }: SeenFailure): string {
  return `${id} ${attempt}`
}

function failureOf(letter: TaskSnapshot): SeenFailure {
  const { task, id, queue, attempts, failures, reason, finishedAt, enqueuedAt } = letter
  const problem = problemOf(failures.at(-1), reason)
  return { at: finishedAt ?? enqueuedAt, task, id, queue, attempt: attempts, state: 'dead', problem }
}

function problemOf(failure: Failure | undefined, reason: DeadReason | undefined): string {
  return failure === undefined ? (reason ?? '') : `${failure.name}: ${failure.message}`
}
