import type { Page } from '../contract/facets/page.ts'
import { InvalidOptionError } from '../errors.ts'

/** Where an item stands in its list: numbers that are compared one after another. */
export type Position = readonly number[]

export interface Placed<Item> {
  readonly position: Position
  readonly item: Item
}

/** A page of a list in order; its cursor names the list and the position of the last item given, so that items may come and go between pages. */
export function pageOf<Item>(
  list: string,
  items: readonly Placed<Item>[],
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const after = cursor === undefined ? undefined : positionAt(list, cursor)
  const rest = after === undefined ? items : items.filter(({ position }) => compare(position, after) > 0)
  const part = rest.slice(0, limit)
  const last = part.at(-1)
  const isMore = rest.length > limit && last !== undefined
  return {
    items: part.map(({ item }) => item),
    cursor: isMore ? [list, ...last.position].join(' ') : undefined,
  }
}

export function byPosition(a: Placed<unknown>, b: Placed<unknown>): number {
  return compare(a.position, b.position)
}

function compare(a: Position, b: Position): number {
  const differs = a.findIndex((part, index) => part !== b[index])
  return differs < 0 ? 0 : (a[differs] ?? 0) - (b[differs] ?? 0)
}

function positionAt(list: string, cursor: string): Position {
  const [of, ...parts] = cursor.split(' ')
  const position = parts.map(Number)
  if (of === list && !position.some(Number.isNaN)) return position
  throw new InvalidOptionError('cursor', cursor, 'a cursor that an earlier page of the same list gave')
}
