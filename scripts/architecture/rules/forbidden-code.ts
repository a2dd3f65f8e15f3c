import ts from 'typescript'
import type { Finding } from '../finding.ts'
import type { Repository } from '../repository.ts'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

export const forbiddenCode: Rule = {
  name: 'no any, no silenced compiler, no test that is switched off',
  check(repository) {
    const files = repository.typescript(...repository.packages.map(({ folder }) => folder))
    return files.flatMap((file) => [
      ...nodesOf(repository.source(file)).flatMap((node) => inCode(file, node)),
      ...inComments(repository, file),
    ])
  },
}

function inCode(file: string, node: ts.Node): readonly Finding[] {
  if (node.kind === ts.SyntaxKind.AnyKeyword) {
    const remedy = 'Name the type, or use unknown and find out.'
    return [{ file, line: lineOf(node), problem: "'any' switches the types off.", remedy }]
  }
  const modifier = ts.isPropertyAccessExpression(node) ? node.name.text : ''
  if ((modifier !== 'skip' && modifier !== 'only') || !isTest(node)) return []
  const remedy =
    'Mend the test or take it out; what a backend lacks is skipped with a reason when the test runs.'
  return [{ file, line: lineOf(node), problem: `'.${modifier}' switches tests off.`, remedy }]
}

/** Whether an expression starts with the name of one of Vitest's functions. */
function isTest(node: ts.Node): boolean {
  if (ts.isPropertyAccessExpression(node) || ts.isCallExpression(node)) return isTest(node.expression)
  return ts.isIdentifier(node) && ['test', 'it', 'describe', 'suite'].includes(node.text)
}

function inComments(repository: Repository, file: string): readonly Finding[] {
  const lines = repository.text(file).split('\n')
  return lines.flatMap((text, index) => {
    const name = /(?:\/\/|\/\*)\s*(@ts-ignore|@ts-nocheck)\b/.exec(text)?.[1]
    if (name === undefined) return []
    const remedy = 'Correct the types; in a test of types, use @ts-expect-error.'
    return [{ file, line: index + 1, problem: `'${name}' silences the compiler.`, remedy }]
  })
}
