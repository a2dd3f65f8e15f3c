import type { Command } from 'commander'
import { Setting } from '../../src/config/setting.ts'
import { makeProgram } from '../../src/program.ts'

/** The flags of a command as commander knows them: a flag without a test is a test that fails. */
export function flagsOf(command: string | readonly string[]): readonly string[] {
  return optionsOf(command).flatMap(({ long }) => long ?? [])
}

/** Those that hold for one call only, and thus for this command only. */
export function ownFlagsOf(command: string | readonly string[]): readonly string[] {
  return optionsOf(command).flatMap((option) => (option instanceof Setting ? [] : (option.long ?? [])))
}

/** The commands below a command that have none below themselves: `['queues', 'purge']`. */
export function leavesOf(command: string): readonly (readonly string[])[] {
  const found = commandAt([command])
  if (found.commands.length === 0) return [[command]]
  return found.commands.map((each) => [command, each.name()])
}

function optionsOf(command: string | readonly string[]): Command['options'] {
  return commandAt(typeof command === 'string' ? [command] : command).options
}

function commandAt(path: readonly string[]): Command {
  const program = makeProgram({
    terminal: { out: () => undefined, err: () => undefined },
    folder: '.',
    env: {},
  })
  return path.reduce(
    (command, name) => command.commands.find((candidate) => candidate.name() === name) ?? command,
    program,
  )
}

/** What tries one flag, in a folder of its own. */
export type Trial = (folder: string) => Promise<void>

export function trialOf(trials: Readonly<Record<string, Trial>>, flag: string): Trial {
  const trial = trials[flag]
  if (trial === undefined) throw new Error(`no test tries ${flag}`)
  return trial
}
