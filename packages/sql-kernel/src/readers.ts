/** A value as a client library gives it: with integers as numbers, and with bytes as a Uint8Array. */
export type Column = string | number | bigint | Uint8Array | null

/** Readers of columns: a wrong type means that a statement and its reader disagree. */
export function text(column: unknown): string {
  if (typeof column !== 'string') throw wrong('text', column)
  return column
}

export function integer(column: unknown): number {
  if (typeof column !== 'number') throw wrong('an integer', column)
  return column
}

export function bytes(column: unknown): Uint8Array {
  if (!(column instanceof Uint8Array)) throw wrong('bytes', column)
  return column
}

export function textOrNull(column: unknown): string | null {
  return column === null || column === undefined ? null : text(column)
}

export function integerOrNull(column: unknown): number | null {
  return column === null || column === undefined ? null : integer(column)
}

export function bytesOrNull(column: unknown): Uint8Array | null {
  return column === null || column === undefined ? null : bytes(column)
}

/** Databases without a type for it give 0 or 1. */
export function truth(column: unknown): boolean {
  return column === true || column === 1
}

function wrong(expected: string, column: unknown): Error {
  return new TypeError(`a column holds ${typeof column} where ${expected} was expected`)
}
