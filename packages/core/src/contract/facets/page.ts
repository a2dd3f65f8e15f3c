/** A part of a longer list. */
export interface Page<Item> {
  readonly items: readonly Item[]
  /**
   * Give it back to get the next page of the same list; absent on the last one. Given with another list, or made up, it is
   * refused with an InvalidOptionError.
   */
  readonly cursor?: string | undefined
}
