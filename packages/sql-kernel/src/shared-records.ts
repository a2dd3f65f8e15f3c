import type { RecordWrite, SharedRecord } from '@tasq/core/driver'
import { integerOrNull, text } from './readers.ts'

type Selected = readonly unknown[]

/** Of a record that is to be written, the version that it has now; `undefined` where there is none, or where it has ended. */
export type VersionOf = (write: Pick<RecordWrite, 'kind' | 'key'>) => string | undefined

/** scope, kind, key, value, version, expires_at */
export function sharedRecordOf(row: Selected): SharedRecord {
  return {
    scope: text(row[0]),
    kind: text(row[1]),
    key: text(row[2]),
    value: text(row[3]),
    version: text(row[4]),
    expiresAt: integerOrNull(row[5]) ?? undefined,
  }
}

/** Of records of one scope that have not ended: kind, key, version. */
export function versionsOf(rows: readonly Selected[]): VersionOf {
  const versions = new Map(rows.map((row) => [placeOf(text(row[0]), text(row[1])), text(row[2])]))
  return ({ kind, key }) => versions.get(placeOf(kind, key))
}

/** The answer to a call that changes nothing; `undefined` where all of its conditions hold, and it is to be made. */
export function answerWithoutWrite(
  writes: readonly RecordWrite[],
  versionOf: VersionOf,
): 'written' | 'conflict' | undefined {
  const [first] = writes
  if (first !== undefined && versionOf(first) === first.version) return 'written'
  const holds = (write: RecordWrite) =>
    write.ifVersion === undefined || (versionOf(write) ?? null) === write.ifVersion
  return writes.every(holds) ? undefined : 'conflict'
}

function placeOf(kind: string, key: string): string {
  return JSON.stringify([kind, key])
}
