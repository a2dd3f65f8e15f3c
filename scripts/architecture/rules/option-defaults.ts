import ts from 'typescript'
import type { Rule } from '../rule.ts'
import { isExported, lineOf, nodesOf } from '../syntax.ts'

export const optionDefaults: Rule = {
  name: 'every option has its default in its doc comment',
  check(repository) {
    const folders = repository.packages.filter(({ folder }) => folder.startsWith('packages/'))
    return repository.typescript(...folders.map(({ folder }) => `${folder}/src`)).flatMap((file) =>
      nodesOf(repository.source(file))
        .flatMap(membersOfOptions)
        .flatMap((member) => {
          if (member.questionToken === undefined || hasDefault(member)) return []
          const name = member.name.getText()
          const remedy = "Add '@default …'; where nothing happens without it, '@default none' or the like."
          return [{ file, line: lineOf(member), problem: `The option '${name}' has no @default.`, remedy }]
        }),
    )
  },
}

/** The members of an exported `…Options`, interface or type. */
function membersOfOptions(node: ts.Node): readonly ts.PropertySignature[] {
  const isOptions =
    (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text.endsWith('Options')
  if (!isOptions || !isExported(node)) return []
  if (ts.isInterfaceDeclaration(node)) return node.members.filter(ts.isPropertySignature)
  return nodesOf(node.type)
    .filter(ts.isTypeLiteralNode)
    .flatMap(({ members }) => members.filter(ts.isPropertySignature))
}

function hasDefault(member: ts.PropertySignature): boolean {
  return ts
    .getJSDocTags(member)
    .some(({ tagName, comment }) => tagName.text === 'default' && (comment?.length ?? 0) > 0)
}
