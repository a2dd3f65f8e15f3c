import { join } from 'node:path'
import ts from 'typescript'
import { expect, inject, test } from 'vitest'
import { readmeExample } from '../../src/documented.ts'
import { Installation } from '../../src/installation.ts'
import { doors, root } from '../../src/public-packages.ts'

test('the installed packages have types that hold in strict mode, for the first example of the README as well', async () => {
  const installation = new Installation(inject('installed'))
  await installation.write('typed-example.ts', readmeExample().code)
  await installation.write(
    'doors.ts',
    doors.map((door) => `export * as ${named(door)} from '${door}'`).join('\n'),
  )
  const program = ts.createProgram(
    ['typed-example.ts', 'doors.ts'].map((file) => join(installation.folder, file)),
    {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
  )
  // Those of the compiler, of Node and of other packages are not ours to check.
  const installed = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(installation.folder))
    .filter(({ fileName }) => /node_modules\/@tasq\//.test(fileName) || !fileName.includes('node_modules'))
  const problems = [
    ...program.getOptionsDiagnostics(),
    ...installed.flatMap((file) => program.getSyntacticDiagnostics(file)),
    ...installed.flatMap((file) => program.getSemanticDiagnostics(file)),
  ].map(({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`)
  expect(problems).toEqual([])
  expect(installed.filter(({ fileName }) => fileName.includes('/dist/')).length).toBeGreaterThanOrEqual(
    doors.length,
  )
})

/** `@tasq/core/driver` → `_tasq_core_driver` */
function named(door: string): string {
  return door.replace(/\W/g, '_')
}
