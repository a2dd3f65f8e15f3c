import type { Failure } from '../contract/failure.ts'
import { isRecord } from '../runtime/stored-texts.ts'
import type { ErrorData } from './published-events.ts'

/** What is no such value. */
export const BAD: unique symbol = Symbol('bad')

/** Reads a value that came from another process. */
export type Field<Value> = (value: unknown) => Value | typeof BAD

/** A field for each property; a new property without one does not compile. */
export type FieldsOf<Data> = { readonly [Key in keyof Data]-?: Field<Data[Key]> }

export const text: Field<string> = (value) => (typeof value === 'string' ? value : BAD)

export const number: Field<number> = (value) => (typeof value === 'number' ? value : BAD)

export const texts: Field<readonly string[]> = (value) =>
  Array.isArray(value) && value.every((each): each is string => typeof each === 'string') ? value : BAD

export const anything: Field<unknown> = (value) => value

export const object: Field<Readonly<Record<string, unknown>>> = (value) => (isRecord(value) ? value : BAD)

export const date: Field<Date> = (value) => {
  const read = new Date(typeof value === 'string' ? value : Number.NaN)
  return Number.isNaN(read.getTime()) ? BAD : read
}

export function oneOf<const Value extends string>(...values: readonly Value[]): Field<Value> {
  return (value) => values.find((each) => each === value) ?? BAD
}

export function optional<Value>(field: Field<Value>): Field<Value | undefined> {
  return (value) => (value === undefined ? undefined : field(value))
}

/** An object of these fields; what else is in it, from a newer version, is left out. */
export function fields<Data>(form: FieldsOf<Data>): Field<Data> {
  const entries = Object.entries<Field<unknown>>(form)
  return (value) => {
    if (!isRecord(value)) return BAD
    const read: Record<string, unknown> = {}
    for (const [name, field] of entries) {
      const found = field(value[name])
      if (found === BAD) return BAD
      if (found !== undefined) read[name] = found
    }
    // Each of its properties was read by the field of its type.
    return read as Data
  }
}

export const errorField: Field<ErrorData> = fields({
  name: text,
  message: text,
  code: optional(text),
  stack: optional(text),
})

export const failureField: Field<Failure> = fields({
  name: text,
  message: text,
  code: optional(text),
  stack: optional(text),
  attempt: number,
  at: number,
})
