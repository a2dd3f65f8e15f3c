/** Names of an error's classes, where it was made in another thread or process and has lost them. */
const KINDS = Symbol('kinds of a carried error')

/** Remembers of which classes an error was where it was thrown. */
export function markKinds(error: Error, kinds: readonly string[]): void {
  Object.defineProperty(error, KINDS, { value: kinds })
}

/** Whether an error that was carried here was of a class of this name. */
export function wasOf(error: unknown, name: string): boolean {
  if (typeof error !== 'object' || error === null) return false
  const kinds: unknown = Reflect.get(error, KINDS)
  return Array.isArray(kinds) && kinds.includes(name)
}
