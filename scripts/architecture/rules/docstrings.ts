import { posix } from 'node:path'
import ts from 'typescript'
import type { Finding } from '../finding.ts'
import { doorsOf, type Repository } from '../repository.ts'
import type { Rule } from '../rule.ts'
import { isDocumented, isExported, lineOf } from '../syntax.ts'

export const docstrings: Rule = {
  name: 'what a package exports is explained where it is declared',
  check(repository) {
    const published = repository.packages.filter(({ manifest }) => manifest.private !== true)
    const doors = published.flatMap(doorsOf).filter((door) => repository.has(door))
    const findings = doors
      .flatMap((door) => [...exportsOf(repository, door).values()])
      .filter(({ node }) => !isDocumented(node))
      .map(findingOf)
    const places = new Map(findings.map((finding) => [`${finding.file}:${finding.line}`, finding]))
    return [...places.values()]
  },
}

/** An exported name, with the statement that declares it. */
interface Declared {
  readonly file: string
  readonly name: string
  readonly node: ts.Node
}

function findingOf({ file, name, node }: Declared): Finding {
  const problem = `'${name}' is exported from its package and has no doc comment.`
  return { file, line: lineOf(node), problem, remedy: 'Say in a sentence what it is or does.' }
}

/** The names that a module exports, its own and those it passes on. */
function exportsOf(repository: Repository, file: string): Map<string, Declared> {
  const found = new Map<string, Declared>()
  for (const statement of repository.source(file).statements) {
    if (ts.isExportDeclaration(statement)) passedOn(repository, file, statement, found)
    else if (isExported(statement)) {
      for (const name of namesOf(statement)) addOnce(found, name, { file, name, node: statement })
    }
  }
  return found
}

function passedOn(
  repository: Repository,
  file: string,
  { moduleSpecifier, exportClause }: ts.ExportDeclaration,
  found: Map<string, Declared>,
): void {
  if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return
  const target = posix.join(posix.dirname(file), moduleSpecifier.text)
  if (!repository.has(target)) return // of another package, which is looked at by itself
  const theirs = exportsOf(repository, target)
  if (exportClause === undefined) for (const [name, declared] of theirs) addOnce(found, name, declared)
  if (exportClause === undefined || !ts.isNamedExports(exportClause)) return
  for (const { name, propertyName } of exportClause.elements) {
    const declared = theirs.get((propertyName ?? name).text)
    if (declared !== undefined) addOnce(found, name.text, declared)
  }
}

/** Of overloads and of a type and a value with one name, the first is to be explained. */
function addOnce(found: Map<string, Declared>, name: string, declared: Declared): void {
  const earlier = found.get(name)
  if (earlier === undefined || !isDocumented(earlier.node)) found.set(name, declared)
}

function namesOf(statement: ts.Statement): readonly string[] {
  if (ts.isVariableStatement(statement)) {
    return statement.declarationList.declarations.map(({ name }) => name.getText())
  }
  const isNamed =
    ts.isFunctionDeclaration(statement) ||
    ts.isClassDeclaration(statement) ||
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isEnumDeclaration(statement)
  return isNamed && statement.name !== undefined ? [statement.name.text] : []
}
