/** A part of a longer list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /** Give it back to get the next page; absent on the last one. */
  readonly cursor?: string | undefined
}
