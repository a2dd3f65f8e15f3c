import ts from 'typescript'
import { textOf } from './repository.ts'

/** An option, from the comment at its declaration. */
interface Option {
  readonly name: string
  readonly isRequired: boolean
  readonly type: string
  readonly description: string
  readonly default: string
}

/** @throws where the file has no such interface. */
export function optionTable(file: string, name: string): string {
  const rows = optionsOf(file, name).map((option) => {
    const cells = [
      `\`${option.name}\``,
      `\`${option.type}\``,
      option.description,
      option.isRequired ? 'required' : defaultCell(option.default),
    ]
    return `| ${cells.map(inCell).join(' | ')} |`
  })
  return ['| option | type | what it does | default |', '|---|---|---|---|', ...rows].join('\n')
}

/** The sentence at the declaration of options. */
export function descriptionOf(file: string, name: string): string {
  return commentOf(declaration(file, name))
}

function optionsOf(file: string, name: string): readonly Option[] {
  const node = declaration(file, name)
  const members = ts.isInterfaceDeclaration(node) ? [...node.members] : literalMembers(node.type)
  return members.filter(ts.isPropertySignature).map((member) => ({
    name: member.name.getText(),
    isRequired: member.questionToken === undefined,
    type: typeOf(member),
    description: commentOf(member),
    default: tagOf(member, 'default'),
  }))
}

/** Those of the objects in a type such as `Common & { … }`. */
function literalMembers(type: ts.TypeNode): readonly ts.TypeElement[] {
  if (ts.isTypeLiteralNode(type)) return [...type.members]
  return ts.isIntersectionTypeNode(type) ? type.types.flatMap(literalMembers) : []
}

function declaration(file: string, name: string): ts.InterfaceDeclaration | ts.TypeAliasDeclaration {
  const source = ts.createSourceFile(file, textOf(file), ts.ScriptTarget.Latest, true)
  const found = source.statements.find(
    (node): node is ts.InterfaceDeclaration | ts.TypeAliasDeclaration =>
      (ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node)) && node.name.text === name,
  )
  if (found === undefined) throw new Error(`${file} declares no ${name}`)
  return found
}

function typeOf(member: ts.PropertySignature): string {
  const text = (member.type?.getText() ?? '').replace(/\s+/g, ' ')
  return text
    .replace(/ \| undefined$/, '')
    .replaceAll('readonly ', '')
    .replace(/^\| /, '')
}

function commentOf(node: ts.Node): string {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc)
  return flat(ts.getTextOfJSDocComment(doc?.comment))
}

function tagOf(node: ts.Node, name: string): string {
  const tag = ts.getJSDocTags(node).find(({ tagName }) => tagName.text === name)
  return flat(ts.getTextOfJSDocComment(tag?.comment))
}

function flat(text = ''): string {
  return text.replace(/\s+/g, ' ').trim()
}

/** Values are code, and words are not. */
function defaultCell(text: string): string {
  const [, value = '', rest = ''] =
    /^('[^']*'|-?\d[\d.]*|true|false|\{.*\}|\[.*\]|[a-z]+Codec|Math\.random)(.*)$/.exec(text) ?? []
  return value === '' ? text : `\`${value}\`${rest}`
}

function inCell(text: string): string {
  return text.replace(/(?<!\\)\|/g, '\\|').replace(/<(?![^`]*`)/g, '&lt;')
}
