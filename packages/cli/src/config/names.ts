/** Which source has set which value of a command, by the names that commander gives them; flags are not in it. */
const NAMES = Symbol('names of settings')

/** Says that a value does not come from its flag. */
export function rememberName(values: object, key: string, name: string): void {
  const names: unknown = Reflect.get(values, NAMES)
  if (names instanceof Map) names.set(key, name)
  else Reflect.set(values, NAMES, new Map([[key, name]]))
}

/** How the user knows a value: by its flag, or by what else has set it. */
export function nameOf(values: object, key: string): string {
  const names: unknown = Reflect.get(values, NAMES)
  const name: unknown = names instanceof Map ? names.get(key) : undefined
  return typeof name === 'string' ? name : flagOf(key)
}

/** Whether a value comes from its flag. */
export function isFromFlag(values: object, key: string): boolean {
  return Reflect.get(values, key) !== undefined && nameOf(values, key) === flagOf(key)
}

/** `maxAttempts` → `--max-attempts`. */
export function flagOf(key: string): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}

/** Values with the names of their sources, as plain data. */
export interface NamedValues {
  readonly values: Readonly<Record<string, unknown>>
  /** Of those that do not come from flags. */
  readonly names: Readonly<Record<string, string>>
}

/** Some values of a command, to be told to another process. */
export function namedValues(values: object, keys: readonly string[]): NamedValues {
  const given = keys.filter((key) => Reflect.get(values, key) !== undefined)
  return {
    values: Object.fromEntries(given.map((key) => [key, Reflect.get(values, key)])),
    names: Object.fromEntries(
      given.filter((key) => !isFromFlag(values, key)).map((key) => [key, nameOf(values, key)]),
    ),
  }
}

/** What the other process makes of them. */
export function withNames({ values, names }: NamedValues): Readonly<Record<string, unknown>> {
  const named = { ...values }
  for (const [key, name] of Object.entries(names)) rememberName(named, key, name)
  return named
}
