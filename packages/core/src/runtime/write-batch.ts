import { TasqError } from '../errors.ts'
import { type Clock, sleep } from './clock.ts'
import { backoffMs } from './loop.ts'

export interface BatchWriter<Entry, Answer> {
  readonly clock: Clock
  /** The call to the backend; `attempt` counts from 1, `callId` is the same on every attempt. */
  readonly send: (entries: readonly Entry[], callId: string, attempt: number) => Promise<readonly Answer[]>
  readonly nextCallId: () => string
  readonly answer: (entry: Entry, answer: Answer, attempt: number) => void
  /** The backend refuses this entry for good. */
  readonly refuse: (entry: Entry, error: unknown) => void
  /** No answer in time: what the backend did is unknown. */
  readonly giveUp: (entry: Entry, error: unknown) => void
  /** Whether it is too late, at this monotonic time, to send the entry again. */
  readonly isLate: (entry: Entry, now: number) => boolean
  /**
   * Whether entries may travel on in another call after a try with unknown outcome: true where
   * tokens make each entry's repeat harmless, false where only the call as a whole can be repeated.
   */
  readonly separable: boolean
  readonly onRetry: (error: unknown, attempt: number, entries: number) => void
}

/**
 * Writes one batch until each of its entries is answered, refused or given up; never rejects.
 * An error that may pass repeats the same call; any other splits the batch, until the entry
 * that the backend can't take stands alone. The parts count their attempts on from those of the whole.
 */
export async function writeBatch<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  batch: readonly Entry[],
  firstAttempt = 1,
): Promise<void> {
  const callId = writer.nextCallId()
  let entries = batch
  for (let attempt = firstAttempt; entries.length > 0; attempt++) {
    try {
      const answers = await writer.send(entries, callId, attempt)
      deliver(writer, entries, answers, attempt)
      return
    } catch (error) {
      if (!isRetryable(error)) return await handleRefusal(writer, entries, error, attempt)
      writer.onRetry(error, attempt, entries.length)
      await sleep(writer.clock, backoffMs(attempt))
      entries = dropLate(writer, entries, error)
    }
  }
}

function deliver<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  answers: readonly Answer[],
  attempt: number,
): void {
  entries.forEach((entry, index) => {
    const answer = answers[index]
    if (answer === undefined)
      writer.giveUp(entry, new Error('the driver gave fewer answers than it was asked for'))
    else writer.answer(entry, answer, attempt)
  })
}

function isRetryable(error: unknown): boolean {
  return TasqError.isInstance(error) && error.retryable
}

/** It may have been written all the same. */
function isOutcomeUnknown(error: unknown): boolean {
  return TasqError.isInstance(error) && 'outcome' in error && error.outcome === 'unknown'
}

async function handleRefusal<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  error: unknown,
  attempt: number,
): Promise<void> {
  const [only] = entries
  const isUnknown = isOutcomeUnknown(error)
  if ((isUnknown || attempt > 1) && !writer.separable) {
    for (const entry of entries) writer.giveUp(entry, error)
  } else if (entries.length === 1 && only !== undefined) {
    if (isUnknown) writer.giveUp(only, error)
    else writer.refuse(only, error)
  } else {
    const middle = entries.length >> 1
    await writeBatch(writer, entries.slice(0, middle), attempt)
    await writeBatch(writer, entries.slice(middle), attempt)
  }
}

function dropLate<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  error: unknown,
): readonly Entry[] {
  const now = writer.clock.monotonic()
  const late = entries.filter((entry) => writer.isLate(entry, now))
  if (late.length === 0) return entries
  const givenUp = writer.separable ? late : entries
  for (const entry of givenUp) writer.giveUp(entry, error)
  return writer.separable ? entries.filter((entry) => !writer.isLate(entry, now)) : []
}
