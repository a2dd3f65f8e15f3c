import {
  type DeadReason,
  isRecord,
  type Payload,
  type ResultReading,
  type Results,
  type TaskRef,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { readInParts } from './in-parts.ts'
import { outcomeOf } from './outcomes.ts'
import { unpackList } from './packed-list.ts'
import { bytesOf } from './replies.ts'
import { scripts } from './scripts.ts'
import { asFailure } from './states.ts'
import type { RedisWakeups } from './wakeups.ts'

/** Kept outcomes, and hints of those that come. */
export function resultsOf(backend: () => Backend, wakeups: () => RedisWakeups): Results {
  return {
    read: async (refs) => await read(backend(), refs),
    watch: async (hint) => await wakeups().watch(hint),
  }
}

async function read(backend: Backend, refs: readonly TaskRef[]): Promise<readonly ResultReading[]> {
  return await readInParts(refs, async (queue, ids) => {
    const fields = unpackList(bytesOf(await backend.run(scripts.read, queue, ids)))
    const readings: ResultReading[] = []
    for (let at = 0; at + 1 < fields.length; at += 2) readings.push(readingOf(fields[at], fields[at + 1]))
    return readings
  })
}

function readingOf(where: Buffer | undefined, value: Buffer | undefined): ResultReading {
  switch (where?.toString()) {
    case 'live':
      return { state: 'pending' }
    case 'kept':
      return value === undefined ? { state: 'unknown' } : keptReadingOf(value)
    case 'dead':
      return value === undefined ? { state: 'unknown' } : deadReadingOf(value)
    default:
      return { state: 'unknown' }
  }
}

function keptReadingOf(value: Buffer): ResultReading {
  const outcome = outcomeOf(value)
  if (outcome === undefined) return { state: 'unknown' }
  const { state, finishedAt, reason } = outcome
  const result: Payload | undefined = outcome.result
  return state === 'completed' ? { state, finishedAt, result } : { state, finishedAt, reason }
}

function deadReadingOf(value: Buffer): ResultReading {
  const [reason = '', json = '', diedAt = ''] = unpackList(value).map(String)
  const parsed: unknown = JSON.parse(json)
  return {
    state: 'dead',
    // Only this package writes it.
    reason: reason as DeadReason,
    failure: isRecord(parsed) ? asFailure(parsed.failure) : undefined,
    finishedAt: Number(diedAt),
  }
}
