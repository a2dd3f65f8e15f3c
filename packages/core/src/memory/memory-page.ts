import type { Page } from '../contract/facets/page.ts'

/** A page of a list that is in its order already; the cursor is the id of the last item given. */
export function pageOf<Item>(
  items: readonly Item[],
  idOf: (item: Item) => string,
  { limit, cursor }: { readonly limit: number; readonly cursor?: string | undefined },
): Page<Item> {
  const start = cursor === undefined ? 0 : items.findIndex((item) => idOf(item) === cursor) + 1
  const part = items.slice(start, start + limit)
  const last = part.at(-1)
  const isMore = start + limit < items.length && last !== undefined
  return { items: part, cursor: isMore ? idOf(last) : undefined }
}
