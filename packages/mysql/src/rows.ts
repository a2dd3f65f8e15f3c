/** Columns of bytes that are names come as buffers; all but those at the positions of payloads become texts. */
export function withTexts(row: readonly unknown[], payload = -1): readonly unknown[] {
  return row.map((column, index) =>
    column instanceof Uint8Array && index !== payload ? textOf(column) : column,
  )
}

export function textOf(column: unknown): string {
  if (typeof column === 'string') return column
  if (!(column instanceof Uint8Array))
    throw new TypeError(`a column holds ${typeof column} where a name was expected`)
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength).toString()
}

export function textOrNull(column: unknown): string | null {
  return column === null ? null : textOf(column)
}
