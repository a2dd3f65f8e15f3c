import { TasqError, withoutSecrets } from '@tasq/core'
import { Command, CommanderError } from 'commander'
import { commands } from './commands/index.ts'
import { configSource, readConfigFile } from './config/config-file.ts'
import { nearest } from './config/near.ts'
import { hideSecrets, withoutSecretOptions } from './config/secrets.ts'
import { Setting } from './config/setting.ts'
import { type Source, settle } from './config/settle.ts'
import { nearMisses, readDotEnv, variables } from './config/sources.ts'
import type { CommandContext, Environment } from './context.ts'
import { UsageError } from './errors.ts'
import { processTerminal, showError, type Terminal } from './output/terminal.ts'
import { packageVersion } from './version.ts'

/** What a run of the command line ends with: 0 done, 1 failed, 2 asked wrongly. */
export type ExitCode = 0 | 1 | 2

/** Where a run of the command line writes, in which folder it works, and with which environment. */
export interface RunOptions {
  /** Gets its lines. @default process.stdout and process.stderr */
  readonly terminal?: Terminal
  /** Where relative paths, installed drivers, `.env` and the config file are looked up. @default process.cwd() */
  readonly folder?: string
  /** Where `TASQ_*` is read; what `.env` says beyond it is added. @default process.env */
  readonly env?: Environment
}

/** Errors that the same command line meets again, however often it is run. */
const USAGE_CODES: ReadonlySet<string> = new Set(['TASQ_USAGE', 'TASQ_INVALID_OPTION', 'TASQ_INVALID_INPUT'])

/**
 * Runs one command line, without the program's name: `runCli(['worker', '--queues', 'high,default'])`.
 * Never throws; what goes wrong is printed.
 */
export async function runCli(argv: readonly string[], options: RunOptions = {}): Promise<ExitCode> {
  const { folder = process.cwd(), env = process.env } = options
  const terminal = discreet(options.terminal ?? processTerminal())
  const program = makeProgram({ terminal, folder, env })
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

/** Errors and logs may come from anywhere; what was asked for is printed as it is. */
function discreet(terminal: Terminal): Terminal {
  return {
    ...terminal,
    // Its size changes.
    get columns() {
      return terminal.columns
    },
    get rows() {
      return terminal.rows
    },
    err: (line) => terminal.err(withoutSecrets(line)),
  }
}

/** All commands and their options. */
export function makeProgram(context: CommandContext): Command {
  const { terminal } = context
  const program = new Command('tasq')
    .description('A task queue: one worker engine, any backend.')
    .version(packageVersion(), '--version', 'print the version')
    .option('--verbose', 'print stacks and causes of errors, and which of several settings counts')
    .addOption(
      new Setting('--config <file>', 'config file (default: tasq.config.ts, .mts, .js, .mjs, .json)'),
    )
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: () => undefined, // shown like every other error
    })
    .configureHelp({ showGlobalOptions: true })
    .showSuggestionAfterError()
    .exitOverride()
    .hook('preAction', (_, action) => settleAll(program, action, context))
  const note = (line: string) => {
    if (program.opts().verbose === true) terminal.err(`tasq: ${line}`)
  }
  for (const addCommand of commands) addCommand(program, { ...context, note })
  return program
}

/** Flag, then environment, then `.env`, then config file; what nobody says is left to the defaults. */
async function settleAll(program: Command, action: Command, context: CommandContext): Promise<void> {
  const { terminal, folder, env } = context
  const isVerbose = program.opts().verbose === true
  const note = (line: string) => isVerbose && terminal.err(`tasq: ${line}`)
  const dotEnv = readDotEnv(folder)
  const sources: Source[] = [variables({ ...env }), variables(dotEnv, ' in .env')]
  for (const [name, value] of Object.entries(dotEnv)) env[name] ??= value
  settle(program, sources, note)
  // What writes the config file must not need one that works.
  if (!action.options.some((option) => option instanceof Setting)) return
  const { config } = program.opts<{ readonly config?: string }>()
  const file = await readConfigFile(config, folder)
  const settings = allSettings(program)
  if (file !== undefined) sources.push(configSource(file, settings))
  settle(action, sources, note)
  hideSecrets(action)
  for (const line of nearMisses(env, settings)) terminal.err(`tasq: ${line}`)
}

/** The settings of all commands: a config file serves all of them. */
function allSettings(program: Command): readonly Setting[] {
  const commandsBelow = (command: Command): readonly Command[] => [
    command,
    ...command.commands.flatMap(commandsBelow),
  ]
  return commandsBelow(program).flatMap((command) =>
    command.options.filter((option) => option instanceof Setting),
  )
}

/** What commander found wrong, as an error like the others. */
function usageError(error: CommanderError, program: Command, argv: readonly string[]): UsageError {
  const named = namedCommands(program, argv)
  const problem = withoutSecretOptions(unknownBelow(error, named) ?? error.message)
    .replace(/^error: /, '')
    .replace(/\n\(Did you mean (.*)\?\)$/s, ' (did you mean $1?)')
  const name = ['tasq', ...named.map(({ command }) => command.name())].join(' ')
  return new UsageError(problem.replace(/\.?$/, '.'), `See ${name} --help.${argumentsOf(named.at(-1), name)}`)
}

/** Whoever got the arguments of a command wrong is shown them. */
function argumentsOf(named: NamedCommand | undefined, name: string): string {
  if (named === undefined || named.command.registeredArguments.length === 0) return ''
  return ` It is called as: ${name} ${named.command.usage()}`
}

/** A group whose default command was given too much has not been given the name of one that it knows. */
function unknownBelow({ code }: CommanderError, named: readonly NamedCommand[]): string | undefined {
  const last = named.at(-1)
  const [name = ''] = last?.rest ?? []
  if (code !== 'commander.excessArguments' || !last?.command.commands.length || name.startsWith('-')) {
    return undefined
  }
  const meant = nearest(
    name,
    last.command.commands.map((known) => known.name()),
  )
  return `unknown command '${name}'${meant === undefined ? '' : ` (did you mean ${meant}?)`}`
}

/** A command that a command line names, and what stands after its name. */
interface NamedCommand {
  readonly command: Command
  readonly rest: readonly string[]
}

/** `queues`, `pause` of a command line that names them. */
function namedCommands(program: Command, argv: readonly string[]): readonly NamedCommand[] {
  const found = argv.map((text) => program.commands.find((known) => known.name() === text))
  const command = found.find((each) => each !== undefined)
  if (command === undefined) return []
  const rest = argv.slice(found.indexOf(command) + 1)
  return [{ command, rest }, ...namedCommands(command, rest)]
}
