import { InvalidOptionError, type Page } from '@tasq/core/driver'
import type { PageRows } from './dialect.ts'

/** Cursors are opaque to callers: the list, and the position after which its next page starts, as text. */
export function afterOf(list: string, cursor: string | undefined): readonly (number | string)[] | null {
  if (cursor === undefined) return null
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    if (Array.isArray(parsed) && parsed.every(isPart) && parsed[0] === list) return parsed.slice(1)
  } catch {
    // Said below: what can't be parsed is no cursor either.
  }
  throw new InvalidOptionError('cursor', cursor, 'a cursor that an earlier page of the same list gave')
}

export function pageOf<Row, Item>(
  list: string,
  { rows, next }: PageRows<Row>,
  map: (row: Row) => Item,
): Page<Item> {
  const cursor =
    next === null ? undefined : Buffer.from(JSON.stringify([list, ...next])).toString('base64url')
  return { items: rows.map(map), cursor }
}

/** One row more than asked for tells whether there is another page; `place` says what the next one starts after. */
export function pageRows<Selected, Row>(
  rows: readonly Selected[],
  limit: number,
  place: (row: Selected) => readonly (number | string)[],
  read: (row: Selected) => Row,
): PageRows<Row> {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { rows: shown.map(read), next: hasMore ? place(last) : null }
}

function isPart(part: unknown): part is number | string {
  return typeof part === 'number' || typeof part === 'string'
}
