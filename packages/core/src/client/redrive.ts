import type { App } from '../app.ts'
import type { DeadLetterFilter } from '../contract/facets/dead-letters.ts'
import type { DeadReason } from '../contract/failure.ts'
import type { RateLimit } from '../engine/rate-limiter.ts'
import { InvalidOptionError } from '../errors.ts'
import { sleep } from '../runtime/clock.ts'
import { milliseconds } from '../runtime/duration.ts'
import { backoffMs } from '../runtime/loop.ts'
import { nextTurn } from '../runtime/turn.ts'
import { isRetryable } from '../runtime/write-batch.ts'

/** Which dead letters of a queue: those that meet every condition given here; without any, all. */
export interface DeadLetterSelection {
  /** Only those with these ids. */
  readonly ids?: readonly string[] | undefined
  /** Only those of the definition with this name. */
  readonly task?: string | undefined
  /** Only those that died for this reason. */
  readonly reason?: DeadReason | undefined
}

/** Which dead letters go back, how many, and how fast. */
export interface RetryDeadOptions extends DeadLetterSelection {
  /** The most, the oldest first. @default all that are there at the call */
  readonly limit?: number | undefined
  /** No more than so many in so long: `{ tasks: 100, per: '1s' }`. @default as fast as the backend takes them */
  readonly rate?: Pick<RateLimit, 'tasks' | 'per'> | undefined
  /** Ends it early, between two steps; what has gone back stays there. @default none */
  readonly signal?: AbortSignal | undefined
  /** Told after each step how many went back so far, and how many there are to go back. @default none */
  readonly onStep?: ((done: number, all: number) => void) | undefined
}

const STEP = 1_000
/** At a given rate, a step is at most what may go back in this time. */
const STEP_MS = 1_000
/** Letters carry their inputs, so a page of them must stay small. */
const PAGE = 200
const MOST_FAILURES = 8

interface Pace {
  readonly most: number
  /** How long one letter takes. */
  readonly msEach: number
}

/** Sends dead letters back in bounded steps; resolves to how many. */
export async function redrive(
  app: App,
  filter: DeadLetterFilter,
  { limit = Number.POSITIVE_INFINITY, rate, signal, onStep }: RetryDeadOptions,
): Promise<number> {
  if (limit !== Number.POSITIVE_INFINITY && !(Number.isInteger(limit) && limit >= 0)) {
    throw new InvalidOptionError('limit', limit, 'an integer from 0')
  }
  const pace = paceOf(rate)
  await app.ready()
  // Letters that die again meanwhile are the newest, so they are not taken a second time.
  const all =
    filter.ids === undefined ? await matching(app, filter, limit) : Math.min(limit, filter.ids.length)
  let done = 0
  while (done < all && !signal?.aborted) {
    const startedAt = app.clock.monotonic()
    const step = Math.min(pace.most, all - done)
    const count = await persist(app, () => app.driver.deadLetters.retry(filter, step), signal)
    done += count
    onStep?.(done, all)
    if (count < step) break
    const restMs = count * pace.msEach - (app.clock.monotonic() - startedAt)
    if (restMs > 0 && done < all) await sleep(app.clock, restMs, signal)
    else await nextTurn() // a driver that never waits would let nobody abort it
  }
  return done
}

/** @throws InvalidOptionError */
function paceOf(rate: RetryDeadOptions['rate']): Pace {
  if (rate === undefined) return { most: STEP, msEach: 0 }
  const { tasks, per } = rate
  if (!Number.isInteger(tasks) || tasks < 1)
    throw new InvalidOptionError('rate.tasks', tasks, 'an integer from 1')
  const msEach = milliseconds('rate.per', per, 1) / tasks
  return { most: Math.min(STEP, Math.max(1, Math.floor(STEP_MS / msEach))), msEach }
}

/** How many there are, up to a limit; those of a task or a reason must be looked at to be counted. */
export async function matching({ driver }: App, filter: DeadLetterFilter, limit: number): Promise<number> {
  const { queue, ids, task, reason } = filter
  if (ids === undefined && task === undefined && reason === undefined) {
    const [count = 0] = await driver.deadLetters.count([queue])
    return Math.min(limit, count)
  }
  let count = 0
  let cursor: string | undefined
  do {
    const page = await driver.deadLetters.peek({ ...filter, limit: Math.min(PAGE, limit - count), cursor })
    count += page.items.length
    cursor = page.cursor
  } while (cursor !== undefined && count < limit)
  return count
}

/** Repeats a step that may pass. One whose answer was lost may have been done: then these are not counted, and no letter goes back twice. */
export async function persist<Answer>(
  { clock, random, events }: App,
  step: () => Promise<Answer>,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  for (let failures = 1; ; failures++) {
    try {
      return await step()
    } catch (error) {
      if (!isRetryable(error) || failures >= MOST_FAILURES || signal?.aborted) throw error
      events.emit('client:retry', () => ({ error, attempt: failures, tasks: 1 }))
      await sleep(clock, backoffMs(failures, random), signal)
    }
  }
}
