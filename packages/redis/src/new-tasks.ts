import type { NewTask } from '@tasq/core/driver'
import { itemSize, ListWriter, listSize, packList } from './packed-list.ts'
import { type NewRecord, newRecordOf, writeRecord } from './records.ts'
import type { CommonText } from './texts.ts'

// What scripts that store tasks are told of many of them at once.

/** Their ids and their records, as two lists. */
export function packRecords(records: readonly NewRecord[]): Buffer {
  let size = 2 * listSize(records.length)
  const idSizes = records.map(({ envelope }) => Buffer.byteLength(envelope.id))
  records.forEach((record, index) => {
    size += itemSize(idSizes[index] ?? 0) + itemSize(record.size)
  })
  const writer = new ListWriter(size)
  writer.list(records.length)
  records.forEach(({ envelope }, index) => {
    writer.text(envelope.id, idSizes[index] ?? 0)
  })
  writer.list(records.length)
  for (const record of records) writeRecord(writer, record)
  return writer.buffer
}

/** Their priorities as JSON; `undefined` where all are normal. */
export function prioritiesOf(records: readonly NewRecord[]): string | undefined {
  if (records.every(({ common }) => common.priority === 0)) return undefined
  return JSON.stringify(records.map(({ common }) => common.priority))
}

/** The texts that these tasks share, each once and after its digest. */
export function sharedTexts(records: readonly NewRecord[]): Buffer {
  let texts: Set<CommonText> | undefined
  let last: CommonText | undefined
  for (const { common } of records) {
    if (common === last || !common.isShared) continue
    last = common
    texts ??= new Set()
    texts.add(common)
  }
  return packList([...(texts ?? [])].flatMap(({ digest, text }) => [digest, text]))
}

/** Tasks of any kind, as lua/parts/store-tasks.lua takes them: the texts that they share, and ten fields for each. */
export function storeArguments(
  tasks: readonly NewTask[],
  records: readonly NewRecord[] = tasks.map(({ envelope }) => newRecordOf(envelope)),
): readonly [Buffer, Buffer] {
  const items = tasks.flatMap((task, index) => {
    const { envelope } = task
    const record = records[index] ?? newRecordOf(envelope)
    return [
      envelope.id,
      recordBytes(record),
      ...placeFields(task, record),
      envelope.unique?.key ?? '',
      msText(envelope.unique?.windowMs),
    ]
  })
  return [sharedTexts(records), packList(items)]
}

/** What lua/parts/put.lua is told beside the id and the record. */
export function placeFields(
  { envelope, delayMs, dueAt, expiresInMs, expiresAt }: NewTask,
  { isApart }: NewRecord,
): readonly (string | Uint8Array)[] {
  const times = [delayMs, dueAt, expiresInMs, expiresAt].map(msText)
  return [isApart ? envelope.payload.bytes : '', String(envelope.priority), ...times]
}

/** A record from its flags on. */
export function recordBytes(record: NewRecord): Uint8Array {
  const writer = new ListWriter(itemSize(record.size))
  writeRecord(writer, record)
  return writer.buffer.subarray(writer.buffer.length - record.size)
}

/** A time as scripts take it; empty where there is none. */
export function msText(ms: number | undefined): string {
  return ms === undefined ? '' : String(Math.round(ms))
}
