import { createRequire } from 'node:module'
import { TasqError } from '@tasq/core'
import { Command, CommanderError } from 'commander'
import { addEnqueueCommand } from './commands/enqueue.ts'
import { addWorkerCommand } from './commands/worker.ts'
import { UsageError } from './errors.ts'
import { processTerminal, showError, type Terminal } from './output/terminal.ts'

/** What a run of the command line ends with: 0 done, 1 failed, 2 asked wrongly. */
export type ExitCode = 0 | 1 | 2

/** Where a run of the command line writes, and in which folder it works. */
export interface RunOptions {
  /** Gets its lines. @default process.stdout and process.stderr */
  readonly terminal?: Terminal
  /** Where relative paths and installed drivers are looked up. @default process.cwd() */
  readonly folder?: string
}

/** Errors that the same command line meets again, however often it is run. */
const USAGE_CODES: ReadonlySet<string> = new Set(['TASQ_USAGE', 'TASQ_INVALID_OPTION', 'TASQ_INVALID_INPUT'])

/**
 * Runs one command line, without the program's name: `runCli(['worker', '--queues', 'high,default'])`.
 * Never throws; what goes wrong is printed.
 */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<ExitCode> {
  const { terminal = processTerminal, folder = process.cwd() } = options
  const program = makeProgram(terminal, folder)
  try {
    await program.parseAsync(argv, { from: 'user' })
    return 0
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0
    if (thrown instanceof CommanderError && thrown.code === 'commander.help') return 2 // printed already
    const error = thrown instanceof CommanderError ? usageError(thrown, program, argv) : thrown
    showError(terminal, error, program.opts().verbose === true)
    return TasqError.isInstance(error) && USAGE_CODES.has(error.code) ? 2 : 1
  }
}

/** All commands and their options. */
export function makeProgram(terminal: Terminal, folder: string): Command {
  const program = new Command('tasq')
    .description('A task queue: one worker engine, any backend.')
    .version(version(), '--version', 'print the version')
    .option('--verbose', 'print stacks and causes of errors')
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: () => undefined, // shown like every other error
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
  addWorkerCommand(program, terminal, folder)
  addEnqueueCommand(program, terminal, folder)
  return program
}

/** What commander found wrong, as an error like the others. */
function usageError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const problem = error.message
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, ' (did you mean $1?)')
  const command = program.commands.map((known) => known.name()).find((name) => argv.includes(name))
  const help = ['tasq', ...(command === undefined ? [] : [command]), '--help'].join(' ')
  return new UsageError(problem.replace(/\.?$/, '.'), `See ${help}.`)
}

function version(): string {
  const manifest: unknown = createRequire(import.meta.url)('../package.json')
  const found =
    typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, 'version') : undefined
  return typeof found === 'string' ? found : 'unknown'
}
