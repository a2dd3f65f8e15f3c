import { itemSize, ListWriter, listSize, packList } from './packed-list.ts'
import { type NewRecord, writeRecord } from './records.ts'
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
