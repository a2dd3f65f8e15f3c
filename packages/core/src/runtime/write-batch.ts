import { TasqError } from '../errors.ts'
import { type Clock, sleep } from './clock.ts'
import { backoffMs } from './loop.ts'

export interface BatchWriter<Entry, Answer> {
  readonly clock: Clock
  /** The call to the backend; `callId` is the same on every repeat. */
  readonly send: (entries: readonly Entry[], callId: string) => Promise<readonly Answer[]>
  readonly nextCallId: () => string
  /** `unsure`: an earlier try may have been carried out, so that this answer may tell of its traces. */
  readonly answer: (entry: Entry, answer: Answer, unsure: boolean) => void
  /** The backend refuses this entry for good; it is not written. */
  readonly refuse: (entry: Entry, error: unknown) => void
  /** It is not tried any more. `unsure`: it may be written all the same. */
  readonly giveUp: (entry: Entry, error: unknown, unsure: boolean) => void
  /** Whether the same call may succeed later. */
  readonly repeats: (error: unknown) => boolean
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
 * that the backend can't take stands alone.
 */
export async function writeBatch<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  batch: readonly Entry[],
  triedBefore = false,
): Promise<void> {
  const callId = writer.nextCallId()
  let entries = batch
  let unsure = triedBefore
  for (let attempt = 1; entries.length > 0; attempt++) {
    try {
      const answers = await writer.send(entries, callId)
      deliver(writer, entries, answers, unsure)
      return
    } catch (error) {
      unsure ||= mayBeWritten(error)
      if (!writer.repeats(error)) return await handleRefusal(writer, entries, error, unsure)
      writer.onRetry(error, attempt, entries.length)
      await sleep(writer.clock, backoffMs(attempt))
      entries = dropLate(writer, entries, error, unsure)
    }
  }
}

/** Whether the same call may succeed later, by what its error says of itself. */
export function isRetryable(error: unknown): boolean {
  return TasqError.isInstance(error) && error.retryable
}

/** The call failed, but the backend may have carried it out. */
export function mayBeWritten(error: unknown): boolean {
  return TasqError.isInstance(error) && 'outcome' in error && error.outcome === 'unknown'
}

function deliver<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  answers: readonly Answer[],
  unsure: boolean,
): void {
  entries.forEach((entry, index) => {
    const answer = answers[index]
    if (answer !== undefined) writer.answer(entry, answer, unsure)
    else writer.giveUp(entry, new Error('the driver gave fewer answers than it was asked for'), true)
  })
}

async function handleRefusal<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  error: unknown,
  unsure: boolean,
): Promise<void> {
  const [only] = entries
  if (unsure && !writer.separable) {
    for (const entry of entries) writer.giveUp(entry, error, unsure)
  } else if (entries.length === 1 && only !== undefined) {
    if (mayBeWritten(error)) writer.giveUp(only, error, unsure)
    else writer.refuse(only, error)
  } else {
    const middle = entries.length >> 1
    await writeBatch(writer, entries.slice(0, middle), unsure)
    await writeBatch(writer, entries.slice(middle), unsure)
  }
}

function dropLate<Entry, Answer>(
  writer: BatchWriter<Entry, Answer>,
  entries: readonly Entry[],
  error: unknown,
  unsure: boolean,
): readonly Entry[] {
  const now = writer.clock.monotonic()
  const late = entries.filter((entry) => writer.isLate(entry, now))
  if (late.length === 0) return entries
  // A smaller call under the same id would be answered from the receipt of the larger one.
  const givenUp = writer.separable || !unsure ? late : entries
  for (const entry of givenUp) writer.giveUp(entry, error, unsure)
  return givenUp === late ? entries.filter((entry) => !writer.isLate(entry, now)) : []
}
