import ts from 'typescript'
import type { Finding } from '../finding.ts'
import type { Repository, RepositoryPackage } from '../repository.ts'
import type { Rule } from '../rule.ts'
import { lineOf, nodesOf } from '../syntax.ts'

const page = 'docs/errors.md'
const code = /\bTASQ_[A-Z_]*[A-Z]\b/g

export const errorCodes: Rule = {
  name: `every error code is in ${page}, and no other`,
  check(repository) {
    if (!repository.has(page)) {
      return [{ file: page, problem: 'This page is missing.', remedy: 'List every error code there.' }]
    }
    const inSources = codesInSources(repository)
    const inPage = codesInPage(repository)
    return [
      ...[...inSources]
        .filter(([name]) => !inPage.has(name))
        .map(([name, place]) => ({
          ...place,
          problem: `The error code ${name} is not in ${page}.`,
          remedy: 'Add it there: when it happens, and what to do.',
        })),
      ...[...inPage]
        .filter(([name]) => !inSources.has(name))
        .map(([name, line]) => ({
          file: page,
          line,
          problem: `No source has the error code ${name}.`,
          remedy: 'Take it out, or correct its name.',
        })),
    ]
  },
}

/** Where each code is met first, as the whole of a string. */
function codesInSources(repository: Repository): Map<string, Pick<Finding, 'file' | 'line'>> {
  const codes = new Map<string, Pick<Finding, 'file' | 'line'>>()
  const folders = repository.packages.filter(isUsed).map(({ folder }) => `${folder}/src`)
  for (const file of repository.typescript(...folders)) {
    for (const node of nodesOf(repository.source(file))) {
      if (!ts.isStringLiteralLike(node) || node.text.match(code)?.[0] !== node.text) continue
      if (ts.isElementAccessExpression(node.parent)) continue // a variable of the environment
      if (!codes.has(node.text)) codes.set(node.text, { file, line: lineOf(node) })
    }
  }
  return codes
}

/** Whether users meet what a package throws. */
function isUsed({ role }: RepositoryPackage): boolean {
  return role !== undefined && role !== 'test-support' && role !== 'driver-tests'
}

function codesInPage(repository: Repository): Map<string, number> {
  const codes = new Map<string, number>()
  const lines = repository.text(page).split('\n')
  lines.forEach((text, index) => {
    for (const name of text.match(code) ?? []) if (!codes.has(name)) codes.set(name, index + 1)
  })
  return codes
}
