/** Runs one call of an operation, or does something else in its place. */
export type Interceptor = (
  operation: string,
  args: readonly unknown[],
  call: (args: readonly unknown[]) => unknown,
) => unknown

/**
 * The same object, with calls of the named operations going through the interceptor and some members replaced. All else
 * behaves as if there were no wrapper, private fields and getters included.
 */
export function intercept<Target extends object>(
  target: Target,
  operations: readonly string[],
  interceptor: Interceptor,
  replaced: ReadonlyMap<PropertyKey, unknown> = new Map(),
): Target {
  const get = (key: PropertyKey): unknown => {
    if (replaced.has(key)) return replaced.get(key)
    const member: unknown = Reflect.get(target, key, target)
    if (typeof member !== 'function') return member
    const call = (args: readonly unknown[]): unknown => Reflect.apply(member, target, args)
    if (typeof key !== 'string' || !operations.includes(key)) return (...args: unknown[]) => call(args)
    return (...args: unknown[]) => interceptor(key, args, call)
  }
  // The proxy stands on an empty object, because members of a frozen target could not be replaced.
  const proxy: object = new Proxy(Object.create(Object.getPrototypeOf(target)), {
    get: (_, key) => get(key),
    has: (_, key) => replaced.has(key) || Reflect.has(target, key),
  })
  return proxy as Target
}
