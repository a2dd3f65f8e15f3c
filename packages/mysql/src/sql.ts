/// <reference path="./statements.d.ts" />
import { fillNames } from '@tasq/sql-kernel'
import type { Literal } from './literals.ts'

/** Statements ready to be sent, one by one or together. */
export type Statements = readonly string[]

/** Makes statements of a file of `statements/`: puts the values in the place of `:names`. */
export type Sql = (file: string, values?: Readonly<Record<string, Literal>>) => Statements

/** One statement in pieces: text, and between each two the name of a value. */
interface Template {
  readonly texts: readonly string[]
  readonly names: readonly string[]
}

/**
 * Statements about these tables.
 * @param names what stands for the names in braces.
 */
export function sqlFor(names: Readonly<Record<string, string>>): Sql {
  const known = new Map<string, readonly Template[]>()
  return (file, values = {}) => {
    let templates = known.get(file)
    if (templates === undefined) {
      templates = statementsOf(fillNames(file, names)).map(templateOf)
      known.set(file, templates)
    }
    return templates.map((template) => fill(template, values))
  }
}

/** The statements of a file, without comments and line breaks. A semicolon at the end of a line parts them. */
export function statementsOf(file: string): Statements {
  const lines = file.split('\n').map((line) => line.trim())
  const code = lines.filter((line) => line !== '' && !line.startsWith('--')).join('\n')
  return code
    .split(/;(?:\n|$)/)
    .map((statement) => statement.replaceAll('\n', ' '))
    .filter((statement) => statement !== '')
}

function templateOf(statement: string): Template {
  const pieces = statement.split(/:([a-z]\w*)/i)
  return {
    texts: pieces.filter((_, index) => index % 2 === 0),
    names: pieces.filter((_, index) => index % 2 === 1),
  }
}

function fill({ texts, names }: Template, values: Readonly<Record<string, Literal>>): string {
  let statement = texts[0] ?? ''
  names.forEach((name, index) => {
    const value = values[name]
    if (value === undefined) throw new Error(`no value for :${name} in: ${statement}`)
    statement += value + texts[index + 1]
  })
  return statement
}
