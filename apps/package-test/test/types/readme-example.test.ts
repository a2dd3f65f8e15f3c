import { basename, dirname, join } from 'node:path'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'
import { Installation } from '../../src/installation.ts'
import { root } from '../../src/public-packages.ts'
import { readmeExample } from '../../src/readme-example.ts'

test('the installed packages give the first example of the README types that hold in strict mode', async () => {
  const installation = new Installation(inject('installed'))
  await installation.write('typed-example.ts', readmeExample().code)
  const program = ts.createProgram([join(installation.folder, 'typed-example.ts')], {
    module: ts.ModuleKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    noEmit: true,
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
  })
  // The example, and every type file that it brings along; those of the compiler and of Node are not ours to check.
  const installed = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(installation.folder))
  const problems = [
    ...program.getOptionsDiagnostics(),
    ...installed.flatMap((file) => program.getSyntacticDiagnostics(file)),
    ...installed.flatMap((file) => program.getSemanticDiagnostics(file)),
  ].map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  expect(problems).toEqual([])
  expect(installed.map(({ fileName }) => basename(dirname(fileName)))).toContain('dist')
})
