/** What one statement came to. */
export interface Result {
  readonly rows: readonly (readonly unknown[])[]
  /** How many rows it changed, as the server counts. */
  readonly affected: number
}

/** The results of so many statements that were sent together. */
export function resultsOf(result: unknown, statements: number): readonly Result[] {
  const results = statements === 1 ? [result] : result
  if (!Array.isArray(results)) throw new TypeError('the server answered fewer statements than it was sent')
  return results.map(resultOf)
}

function resultOf(result: unknown): Result {
  if (Array.isArray(result)) return { rows: result, affected: 0 }
  const affected: unknown =
    typeof result === 'object' && result !== null ? Reflect.get(result, 'affectedRows') : 0
  return { rows: [], affected: typeof affected === 'number' ? affected : 0 }
}

/** The rows of the statement at this place, from the end where it is negative. */
export function rowsAt(results: readonly Result[], place: number): readonly (readonly unknown[])[] {
  const result = results.at(place)
  if (result === undefined) throw new RangeError(`no result at ${place}`)
  return result.rows
}
