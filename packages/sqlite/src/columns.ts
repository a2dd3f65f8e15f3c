import type { Column } from './connection.ts'

/** Readers of columns: the tables are STRICT, so a wrong type means that a statement and its reader disagree. */
export function text(column: Column | undefined): string {
  if (typeof column !== 'string') throw wrong('text', column)
  return column
}

export function integer(column: Column | undefined): number {
  if (typeof column !== 'number') throw wrong('an integer', column)
  return column
}

export function bytes(column: Column | undefined): Uint8Array {
  if (!(column instanceof Uint8Array)) throw wrong('bytes', column)
  return column
}

export function textOrNull(column: Column | undefined): string | null {
  return column === null || column === undefined ? null : text(column)
}

export function integerOrNull(column: Column | undefined): number | null {
  return column === null || column === undefined ? null : integer(column)
}

export function bytesOrNull(column: Column | undefined): Uint8Array | null {
  return column === null || column === undefined ? null : bytes(column)
}

function wrong(expected: string, column: Column | undefined): Error {
  return new TypeError(`a column holds ${typeof column} where ${expected} was expected`)
}
