/**
 * Values as they stand in a statement. Text and bytes are written so that neither the character set of a connection nor its sql_mode
 * changes what they mean: plain ASCII in quotes, all else as hexadecimal digits.
 */
export type Literal = string & { readonly [mark]: true }

declare const mark: unique symbol

/** Without quotes and backslashes, which some modes read in their own way. */
const PLAIN = /^[ !#-&(-[\]-~]*$/
const PLAIN_JSON = /^[ -&(-[\]-~]*$/
/** Far below what the smallest server takes at a time. */
const STATEMENT_CHARACTERS = 2 * 1024 * 1024

export const NULL = 'NULL' as Literal
export const TRUE = 'TRUE' as Literal
export const FALSE = 'FALSE' as Literal

/** Of a column of bytes, such as names, ids and tokens. */
export function name(value: string): Literal {
  return (PLAIN.test(value) ? `'${value}'` : hexadecimal(Buffer.from(value))) as Literal
}

export function nameOrNull(value: string | null | undefined): Literal {
  return value === null || value === undefined ? NULL : name(value)
}

/** Of a column of characters, such as JSON. */
export function text(value: string): Literal {
  return (PLAIN_JSON.test(value) ? `'${value}'` : `_utf8mb4 ${hexadecimal(Buffer.from(value))}`) as Literal
}

export function textOrNull(value: string | null | undefined): Literal {
  return value === null || value === undefined ? NULL : text(value)
}

export function bytes(value: Uint8Array): Literal {
  return hexadecimal(Buffer.from(value.buffer, value.byteOffset, value.byteLength)) as Literal
}

export function bytesOrNull(value: Uint8Array | null | undefined): Literal {
  return value === null || value === undefined ? NULL : bytes(value)
}

/** Times may be fractions of a ms; the columns are not. */
export function integer(value: number): Literal {
  const whole = Math.round(value)
  if (!Number.isSafeInteger(whole)) throw new RangeError(`no integer: ${value}`)
  return String(whole) as Literal
}

export function integerOrNull(value: number | null | undefined): Literal {
  return value === null || value === undefined ? NULL : integer(value)
}

export function truth(value: boolean): Literal {
  return value ? TRUE : FALSE
}

/** Names in their order as bytes, which is that of indexes: everybody who locks several rows locks them in the same order. */
export function sortedNames(values: Iterable<string>): Literal {
  return list([...new Set(values)].sort().map(name))
}

export function integers(values: readonly number[]): Literal {
  return list(values.map(integer))
}

/** For IN and VALUES; never empty, because SQL has no empty list. */
export function list(values: readonly Literal[]): Literal {
  if (values.length === 0) throw new RangeError('a list in a statement needs at least one value')
  return values.join(',') as Literal
}

/** Lists of as many of these as one statement may well take; a value that is larger than that stands alone. */
export function lists(values: readonly Literal[]): readonly Literal[] {
  const parts: Literal[] = []
  let part: Literal[] = []
  let characters = 0
  for (const value of values) {
    if (characters + value.length > STATEMENT_CHARACTERS && part.length > 0) {
      parts.push(list(part))
      part = []
      characters = 0
    }
    part.push(value)
    characters += value.length
  }
  return part.length > 0 ? [...parts, list(part)] : parts
}

export function row(...values: readonly Literal[]): Literal {
  return `(${values.join(',')})` as Literal
}

function hexadecimal(buffer: Buffer): string {
  return `x'${buffer.toString('hex')}'`
}
