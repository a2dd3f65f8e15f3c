import type { Page } from '../contract/facets/page.ts'
import { InvalidOptionError } from '../errors.ts'

/** Where an item stands in its list: numbers that are compared one after another. */
export type Position = readonly number[]

export interface Placed<Item> {
  readonly position: Position
  readonly item: Item
}

/** A page of a list in order; its cursor is the position of the last item given, so that items may come and go between pages. */
export function pageOf<Item>(
  items: readonly Placed<Item>[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const after = cursor === undefined ? undefined : positionAt(cursor)
  const rest = after === undefined ? items : items.filter(({ position }) => compare(position, after) > 0)
  const part = rest.slice(0, limit)
  const last = part.at(-1)
  const isMore = rest.length > limit && last !== undefined
  return { items: part.map(({ item }) => item), cursor: isMore ? last.position.join(' ') : undefined }
}

export function byPosition(a: Placed<unknown>, b: Placed<unknown>): number {
  return compare(a.position, b.position)
}

function compare(a: Position, b: Position): number {
  const differs = a.findIndex((part, index) => part !== b[index])
  return differs < 0 ? 0 : (a[differs] ?? 0) - (b[differs] ?? 0)
}

function positionAt(cursor: string): Position {
  const position = cursor.split(' ').map(Number)
  if (!position.some(Number.isNaN)) return position
  throw new InvalidOptionError('cursor', cursor, 'a cursor that an earlier page gave')
}
