import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Installation } from '../src/installation.ts'
import { publicPackages, root } from '../src/public-packages.ts'
import { readmeExample } from '../src/readme-example.ts'

const doors = publicPackages.flatMap(({ name, manifest }) =>
  Object.keys(manifest.exports)
    .filter((door) => door !== './package.json')
    .map((door) => join(name, door).replaceAll('\\', '/')),
)
const commands = publicPackages.flatMap(({ manifest }) => Object.keys(manifest.bin ?? {}))
const example = readmeExample()
let installation: Installation

beforeAll(async () => {
  installation = await Installation.make()
  await installation.write('example.ts', example.code)
}, 120_000)

afterAll(() => installation?.remove())

describe('the packages, packed and installed by npm into an empty folder', () => {
  test('run the first example of the README', async () => {
    expect(await installation.run(process.execPath, 'example.ts')).toBe(example.output)
  })

  test('give that example types that hold in strict mode', () => {
    const file = join(installation.folder, 'example.ts')
    const program = ts.createProgram([file], {
      module: ts.ModuleKind.NodeNext,
      target: ts.ScriptTarget.ES2023,
      strict: true,
      noEmit: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    })
    const problems = ts
      .getPreEmitDiagnostics(program)
      .map(
        ({ file, messageText }) => `${file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
      )
    expect(problems).toEqual([])
  })

  test.each(doors)('%s can be imported and required', async (door) => {
    const program = `import { createRequire } from 'node:module'
      const imported = await import('${door}')
      const required = createRequire(import.meta.url)('${door}')
      console.log(Object.keys(imported).length > 0 && imported === required)`
    await installation.write('door.js', program)
    expect(await installation.run(process.execPath, 'door.js')).toBe('true\n')
  })

  test.for(commands)('the command %s tells how it is used', async (command) => {
    const file = join('node_modules/.bin', command)
    expect(await installation.run(process.execPath, file, '--help')).toContain(command)
  })
})
