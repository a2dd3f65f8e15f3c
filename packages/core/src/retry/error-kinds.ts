import { InvalidOptionError } from '../errors.ts'
import { wasOf } from './carried-kinds.ts'

/** A class of errors, its subclasses included, or the name of such a class. */
export type ErrorKind = string | (abstract new (...args: never[]) => Error)

/** Which errors: those of some kinds, or those for which a function says `true`. */
export type ErrorFilter = readonly ErrorKind[] | ((error: unknown) => boolean)

/** @throws InvalidOptionError where something else was given. */
export function checkFilter(option: string, filter: ErrorFilter | undefined): void {
  if (filter === undefined || typeof filter === 'function') return
  kindNames(option, filter)
}

/** Kinds as they are stored with a task: by their names. @throws InvalidOptionError */
export function kindNames(option: string, kinds: ErrorFilter): readonly string[] {
  if (!Array.isArray(kinds)) {
    throw new InvalidOptionError(option, kinds, 'a list of error classes or their names')
  }
  return kinds.map((kind: unknown) => {
    const name = typeof kind === 'function' ? kind.name : kind
    if (typeof name === 'string' && name.length > 0 && name.length <= 200) return name
    throw new InvalidOptionError(option, kind, 'an error class, or its name of at most 200 characters')
  })
}

/** Whether a filter is for an error. What the filter itself throws is the caller's to handle. */
export function matches(filter: ErrorFilter, error: unknown): boolean {
  if (typeof filter === 'function') return filter(error)
  return filter.some((kind) =>
    typeof kind === 'string' ? isNamed(error, kind) : error instanceof kind || wasOf(error, kind.name),
  )
}

/** By its own name, or that of a class that it is of. */
function isNamed(error: unknown, name: string): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === name) return true
  for (let proto: unknown = error; proto instanceof Error; proto = Object.getPrototypeOf(proto)) {
    if (proto.constructor.name === name) return true
  }
  return wasOf(error, name)
}
