/** The value, where a test knows that there is one; a plain failure where it was wrong. */
export function present<Value>(value: Value | null | undefined, what = 'a value'): Value {
  if (value === null || value === undefined) throw new Error(`expected ${what}`)
  return value
}

/** The only item of a list. */
export function only<Item>(items: readonly Item[]): Item {
  if (items.length !== 1) throw new Error(`expected one item, there are ${items.length}`)
  return present(items[0])
}

/** What a promise rejects with, as the class that is expected. */
export async function rejection<Expected extends Error>(
  promise: Promise<unknown>,
  kind: abstract new (...parameters: never[]) => Expected,
): Promise<Expected> {
  try {
    await promise
  } catch (error) {
    return instance(error, kind)
  }
  throw new Error(`expected a rejection with ${kind.name}`)
}

/** What a function throws, as the class that is expected. */
export function thrown<Expected extends Error>(
  act: () => unknown,
  kind: abstract new (...parameters: never[]) => Expected,
): Expected {
  try {
    act()
  } catch (error) {
    return instance(error, kind)
  }
  throw new Error(`expected ${kind.name} to be thrown`)
}

function instance<Expected extends Error>(
  error: unknown,
  kind: abstract new (...parameters: never[]) => Expected,
): Expected {
  if (error instanceof kind) return error
  throw new Error(`expected ${kind.name}, got ${String(error)}`, { cause: error })
}
