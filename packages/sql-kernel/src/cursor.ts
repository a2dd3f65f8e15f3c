import { InvalidOptionError, type Page } from '@tasq/core/driver'
import type { PageRows } from './dialect.ts'

/** Cursors are opaque to callers: the position after which the next page starts, as text. */
export function afterOf(cursor: string | undefined): readonly (number | string)[] | null {
  if (cursor === undefined) return null
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (
      Array.isArray(parsed) &&
      parsed.every((part) => typeof part === 'number' || typeof part === 'string')
    ) {
      return parsed
    }
  } catch {
    // Said below: what can't be parsed is no cursor either.
  }
  throw new InvalidOptionError('cursor', cursor, 'a cursor that an earlier page gave')
}

export function pageOf<Row, Item>({ rows, next }: PageRows<Row>, map: (row: Row) => Item): Page<Item> {
  const cursor = next === null ? undefined : Buffer.from(JSON.stringify(next)).toString('base64url')
  return { items: rows.map(map), cursor }
}
