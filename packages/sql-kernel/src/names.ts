import { InvalidOptionError } from '@tasq/core/driver'

/** Letters, digits and underscores: nothing that would have to be escaped, on any database. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/

/**
 * The name of a schema or table, or what such names start with, as a user has chosen it.
 * @throws InvalidOptionError naming the option, where it is not a plain identifier of at most `longest` characters.
 */
export function identifier(option: string, name: string, longest: number): string {
  if (typeof name === 'string' && name.length <= longest && IDENTIFIER.test(name)) return name
  throw new InvalidOptionError(
    option,
    name,
    `letters, digits and underscores, no digit first, at most ${longest} characters`,
  )
}

/**
 * Statements are written with names in braces, such as `{tasks}`; this puts the real ones in their place.
 * @throws Error where a name is not among them: the statement and the driver disagree.
 */
export function fillNames(sql: string, names: Readonly<Record<string, string>>): string {
  return sql.replace(/\{(\w+)\}/g, (_, name: string) => {
    const real = names[name]
    if (real === undefined) throw new Error(`no name for {${name}} in: ${sql}`)
    return real
  })
}
