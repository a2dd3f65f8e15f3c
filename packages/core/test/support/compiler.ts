import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const ROOT = fileURLToPath(new URL('../types/', import.meta.url))
const CONFIG = fileURLToPath(new URL('../../tsconfig.json', import.meta.url))

/** What every snippet may use. */
const PRELUDE = `
import { type } from 'arktype'
import * as v from 'valibot'
import { z } from 'zod'
import type { Driver, Transactions } from '../../src/driver.ts'
import { createTasq, defineSchedule, defineTask, discard, type InputOf, type Priority, type ResultOf, snooze, type StoreDriver, type Tasq, typed } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false
declare function is<_Proven extends true>(): void
class Client { declare readonly sql: string }
interface SqlDriver extends Driver { readonly transactions: Transactions<Client> }
declare const sqlTasq: Tasq<SqlDriver, readonly []>
declare const plainTasq: Tasq<Driver, readonly []>
declare const broker: Driver
declare const sqlStore: StoreDriver & SqlDriver

const resize = defineTask({
  name: 'image.resize',
  input: z.object({ path: z.string(), width: z.number() }),
  run: async ({ path, width }) => ({ bytes: path.length * width }),
})
const ping = defineTask({ name: 'ping', run: () => 'pong' })
const tasq = createTasq({ driver: memory(), tasks: [resize, ping] })
`
const PRELUDE_LINES = PRELUDE.split('\n').length

/** Compiles snippets against the sources, all in one program; gives what the compiler says of each. */
export function compile(snippets: ReadonlyMap<string, string>): ReadonlyMap<string, readonly string[]> {
  const files = new Map(
    [...snippets].map(([name, code], index) => [`${ROOT}snippet-${index}.ts`, { name, code }]),
  )
  const options: ts.CompilerOptions = { ...configured(), noUnusedLocals: false, noUnusedParameters: false }
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile } = host
  host.fileExists = (path) => files.has(path) || fileExists.call(host, path)
  host.readFile = (path) => {
    const snippet = files.get(path)
    return snippet === undefined ? readFile.call(host, path) : `${PRELUDE}\n${snippet.code}\nexport {}\n`
  }
  const program = ts.createProgram([...files.keys()], options, host)
  return new Map([...files].map(([path, { name }]) => [name, diagnosticsOf(program, path)]))
}

function diagnosticsOf(program: ts.Program, path: string): readonly string[] {
  const file = program.getSourceFile(path)
  return [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)].map(
    (diagnostic) => {
      const text = ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n')
      const line = file === undefined ? 0 : file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line
      return line < PRELUDE_LINES ? `in the prelude: ${text}` : text
    },
  )
}

function configured(): ts.CompilerOptions {
  const { config } = ts.readConfigFile(CONFIG, ts.sys.readFile)
  return ts.parseJsonConfigFileContent(config, ts.sys, fileURLToPath(new URL('../../', import.meta.url)))
    .options
}
