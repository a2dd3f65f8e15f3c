import { makeProgram } from '../../src/program.ts'

/** The flags of a command as commander knows them: a flag without a test is a test that fails. */
export function flagsOf(command: string): readonly string[] {
  const program = makeProgram({
    terminal: { out: () => undefined, err: () => undefined },
    folder: '.',
    env: {},
  })
  const found = program.commands.find((candidate) => candidate.name() === command)
  return (found ?? program).options.flatMap(({ long }) => long ?? [])
}

/** What tries one flag, in a folder of its own. */
export type Trial = (folder: string) => Promise<void>

export function trialOf(trials: Readonly<Record<string, Trial>>, flag: string): Trial {
  const trial = trials[flag]
  if (trial === undefined) throw new Error(`no test tries ${flag}`)
  return trial
}
