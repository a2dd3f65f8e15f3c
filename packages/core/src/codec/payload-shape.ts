/** How deep objects, arrays, Maps and Sets may be nested in a payload or result: the value itself counts as one. */
export const MAX_DEPTH = 100
/** Anything with more than this is too large for every backend; and one value may stand in many places, which each are written. */
const MOST_VALUES = 10_000_000

export const TOO_DEEP = `it is nested more than ${MAX_DEPTH} deep, or in a cycle`
export const FORBIDDEN_KEY =
  "it has a key '__proto__', or 'prototype' below 'constructor', which could change objects of the program that reads it"

/**
 * Whether there is a Map in a value that is to be written, or has been read; only beside one must objects be told from it.
 * @throws TypeError where it is too deep, has a cycle, or a key that is no data.
 */
export function checkShape(value: unknown): boolean {
  return new Walk().visit(value, 1)
}

class Walk {
  #left = MOST_VALUES

  /** Not with `some`: all of it is to be seen. */
  visit(value: unknown, depth: number): boolean {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value) || value instanceof Date)
      return false
    if (depth > MAX_DEPTH) throw new TypeError(TOO_DEEP)
    if (Array.isArray(value)) return this.#each(value, depth)
    if (value instanceof Map) {
      for (const [key, item] of value) {
        this.visit(key, depth + 1)
        this.visit(item, depth + 1)
      }
      return true
    }
    if (value instanceof Set) return this.#each(value, depth)
    return this.#object(value, depth)
  }

  #each(items: Iterable<unknown>, depth: number): boolean {
    let hasMap = false
    for (const item of items) {
      this.#count()
      if (this.visit(item, depth + 1)) hasMap = true
    }
    return hasMap
  }

  #object(value: object, depth: number): boolean {
    const toJson: unknown = Reflect.get(value, 'toJSON')
    if (typeof toJson === 'function') return this.visit(toJson.call(value), depth + 1)
    let hasMap = value instanceof Error && this.visit(value.cause, depth + 1)
    for (const key in value) {
      this.#count()
      const item: unknown = Reflect.get(value, key)
      if (key === '__proto__' || (key === 'constructor' && hasPrototype(item)))
        throw new TypeError(FORBIDDEN_KEY)
      if (typeof item === 'object' && this.visit(item, depth + 1)) hasMap = true
    }
    return hasMap
  }

  #count(): void {
    if (--this.#left < 0) throw new TypeError(`it has more than ${MOST_VALUES} values in it`)
  }
}

function hasPrototype(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}
