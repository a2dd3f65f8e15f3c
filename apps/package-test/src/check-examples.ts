// Type-checks every block of TypeScript in the documentation, against the sources of the packages.

import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import ts from 'typescript'
import { type Example, examplesOf } from './examples.ts'
import { publicPackages, root } from './public-packages.ts'

/** In this package, whose dependencies are those that the examples import. */
const project = join(root, 'apps/package-test/.examples')

const examples = new Map<string, { document: string; example: Example }>()
rmSync(project, { recursive: true, force: true })
for (const document of documents()) {
  for (const example of examplesOf(readFileSync(join(root, document), 'utf8'))) {
    const path = join(project, document.replace(/\.md$/, ''), example.file)
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, example.lines.map(({ text }) => text).join('\n'))
    examples.set(resolve(path), { document, example })
  }
}
const problems = new Set(diagnostics().map(describe))
for (const problem of problems) console.error(problem)
console.log(`${examples.size} examples, ${problems.size} problems`)
process.exitCode = problems.size === 0 ? 0 : 1

function documents(): readonly string[] {
  const inDocs = existsSync(join(root, 'docs'))
    ? readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    : []
  const readmes = publicPackages.map(({ folder }) =>
    join('packages', folder.split(/[\\/]/).at(-1) ?? '', 'README.md'),
  )
  return ['README.md', ...readmes, ...inDocs.map((file) => join('docs', file))].filter(
    (file) => file.endsWith('.md') && existsSync(join(root, file)),
  )
}

/** Of the examples only: the sources have their own check. */
function diagnostics(): readonly ts.Diagnostic[] {
  const base = ts.readConfigFile(join(root, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, root)
  const program = ts.createProgram([...examples.keys()], {
    ...options,
    moduleDetection: ts.ModuleDetectionKind.Force,
    // An example shows a declaration without using it.
    noUnusedLocals: false,
    noUnusedParameters: false,
  })
  return [...examples.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)
    return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
  })
}

/** `docs/workers.md:12: Cannot find name 'tasq'.` */
function describe({ file, start = 0, messageText }: ts.Diagnostic): string {
  const text = ts.flattenDiagnosticMessageText(messageText, '\n')
  const found = file && examples.get(resolve(file.fileName))
  if (file === undefined || found === undefined) return text
  const { line } = file.getLineAndCharacterOfPosition(start)
  return `${found.document}:${found.example.lines[line]?.documentLine ?? 1}: ${text}`
}
