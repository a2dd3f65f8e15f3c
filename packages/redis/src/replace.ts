import type { NewTask, TaskRef } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { placeFields, recordBytes, sharedTexts } from './new-tasks.ts'
import { packList } from './packed-list.ts'
import { newRecordOf } from './records.ts'
import { type Reply, scripts } from './scripts.ts'

/**
 * Puts another task in the place of a waiting one: see lua/replace.lua. The record goes in parts, because its extras have headers of the
 * new task and the unique key of the old one.
 */
export async function replace(backend: Backend, { queue, id }: TaskRef, task: NewTask): Promise<Reply> {
  const { headers, payload } = task.envelope
  const record = newRecordOf({ ...task.envelope, headers: undefined, unique: undefined })
  const bytes = recordBytes(record)
  const headBytes = bytes.length - (record.isApart ? 0 : payload.bytes.length)
  const fields = [bytes.subarray(0, headBytes), bytes.subarray(headBytes), ...placeFields(task, record)]
  const headersText = headers === undefined ? '' : JSON.stringify(headers)
  return await backend.run(scripts.replace, queue, [id, sharedTexts([record]), headersText, packList(fields)])
}
