import { InvalidOptionError } from './tasq-error.ts'

/** The names of options, each once: the compiler finds the one that is missing. */
export type NamesOf<Options> = Readonly<Record<keyof Options, true>>

/** What a name from elsewhere is called here, as an error says it after "Use". */
export type NamesElsewhere = Readonly<Record<string, string>>

/**
 * An option that nobody reads would leave the default in its place, such as a server of this machine instead of the one that is meant.
 * @param group what the options belong to, such as `'retry.'`, as errors name them.
 * @throws InvalidOptionError naming the option, and what it is called here.
 */
export function refuseUnknown(
  options: object,
  names: Readonly<Record<string, true>>,
  elsewhere: NamesElsewhere = {},
  group = '',
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(names, name)) continue
    const value: unknown = Reflect.get(options, name)
    if (value === undefined) continue
    const instead = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined
    throw new InvalidOptionError(
      `${group}${name}`,
      value,
      instead ?? `one of these options: ${Object.keys(names).join(', ')}`,
    )
  }
}
