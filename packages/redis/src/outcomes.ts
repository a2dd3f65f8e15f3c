import { finishedRecord, isRecord, type Payload, type TaskRecord, type TaskRef } from '@tasq/core/driver'
import { reasonOf } from './deliveries.ts'
import { unpackList } from './packed-list.ts'
import { enqueuedAtOf } from './records.ts'
import { type CommonFields, readableFieldsOf } from './texts.ts'

/** What is kept of a task that was completed or cancelled. */
export interface Outcome {
  readonly state: 'completed' | 'cancelled'
  readonly attempts: number
  readonly reason: string | undefined
  readonly result: Payload | undefined
  readonly finishedAt: number
  readonly enqueuedAt: number
  readonly common: CommonFields | undefined
}

/** Reads a stored outcome: see lua/parts/keep.lua; `undefined` where it can't be read. */
export function outcomeOf(value: Buffer): Outcome | undefined {
  try {
    return read(value)
  } catch {
    return undefined
  }
}

function read(value: Buffer): Outcome {
  const [json, finishedAt, times, text, bytes, mark] = unpackList(value)
  const parsed: unknown = JSON.parse(String(json))
  if (!isRecord(parsed)) throw new Error('no outcome')
  const { state, attempts, reason, encoding } = parsed
  return {
    state: state === 'completed' ? 'completed' : 'cancelled',
    attempts: typeof attempts === 'number' ? attempts : 0,
    reason: typeof reason === 'string' ? reason : reasonOf(String(mark ?? '')),
    result: typeof encoding === 'string' && bytes !== undefined ? { bytes, encoding } : undefined,
    finishedAt: Number(String(finishedAt)),
    enqueuedAt: enqueuedAtOf(times),
    common: readableFieldsOf(text),
  }
}

export function recordOfOutcome({ queue, id }: TaskRef, outcome: Outcome): TaskRecord {
  const { state, attempts, result, finishedAt, enqueuedAt, common } = outcome
  const { task = '', priority = 0 } = common ?? {}
  return finishedRecord({ id, queue, task, state, priority, attempts, enqueuedAt, finishedAt, result })
}
