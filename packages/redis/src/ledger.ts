import {
  type Admission,
  type DeadReason,
  type Envelope,
  GIVES_WAY,
  isRecord,
  type Ledger,
} from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { readInParts } from './in-parts.ts'
import { packRecords, prioritiesOf, sharedTexts } from './new-tasks.ts'
import { packList, unpackList } from './packed-list.ts'
import { type NewRecord, newRecordOf } from './records.ts'
import { bytesOf, listOf, textOf } from './replies.ts'
import { type Reply, scripts } from './scripts.ts'
import { asFailure } from './states.ts'

/** Leases tasks by their ids, those of each queue by one script. */
export function ledgerOf(backend: () => Backend): Ledger {
  return {
    admit: async ({ token, tasks }) => {
      const store = backend()
      const refs = tasks.map(({ queue }, index) => ({ queue, id: String(index) }))
      return await readInParts(refs, async (queue, indexes) => {
        const part = indexes.flatMap((index) => tasks[Number(index)] ?? [])
        return await admit(store, queue, token, part)
      })
    },
  }
}

async function admit(
  backend: Backend,
  queue: string,
  token: string,
  tasks: readonly Envelope[],
): Promise<readonly Admission[]> {
  if (backend.mustNote(queue)) await backend.note(queue)
  const records = tasks.map((envelope) => newRecordOf(withoutKey(envelope)))
  const reply = await backend.run(scripts.admit, queue, [
    token,
    GIVES_WAY,
    packRecords(records),
    sharedTexts(records),
    prioritiesOf(records) ?? '[]',
    packList(payloadsApart(records)),
  ])
  return admissionsOf(reply)
}

function withoutKey(envelope: Envelope): Envelope {
  return envelope.unique === undefined ? envelope : { ...envelope, unique: undefined }
}

function payloadsApart(records: readonly NewRecord[]): readonly Uint8Array[] {
  if (!records.some(({ isApart }) => isApart)) return []
  return records.map(({ isApart, envelope }) => (isApart ? envelope.payload.bytes : new Uint8Array()))
}

/** Fields of a dead letter in the answer of lua/admit.lua. */
const LETTER_FIELDS = 3

function admissionsOf(reply: Reply): readonly Admission[] {
  const [words, letters] = listOf(reply)
  const fields = unpackList(bytesOf(letters)).map(String)
  let at = -LETTER_FIELDS
  return textOf(words)
    .split(' ')
    .map((word): Admission => {
      switch (word[0]) {
        case 'f':
          return { status: 'finished' }
        case 'h':
          return { status: 'held', forMs: Number(word.slice(1)) }
        case 'd':
          at += LETTER_FIELDS
          return deadOf(fields.slice(at, at + LETTER_FIELDS))
        default:
          return { status: 'admitted', attempt: Number(word) }
      }
    })
}

function deadOf([reason = '', json = '', keepMs = '']: readonly string[]): Admission {
  const parsed: unknown = JSON.parse(json)
  const { attempts, failure } = isRecord(parsed) ? parsed : {}
  return {
    status: 'dead',
    // Only this package writes it.
    reason: reason as DeadReason,
    failure: asFailure(failure),
    attempts: typeof attempts === 'number' ? attempts : 0,
    keepMs: Number(keepMs),
  }
}
