import type { Command } from 'commander'
import { type AppFlags, addBackendOptions, openApp } from '../config/app.ts'
import type { CommandContext } from '../context.ts'
import { UnhealthyError } from '../errors.ts'
import { print } from '../output/print.ts'

interface DoctorFlags extends AppFlags {
  readonly json?: boolean
}

/** `tasq doctor`: what is wrong with a backend, or with an app, and what to do about it. */
export function addDoctorCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .description('look for what is wrong with the backend and the app, and say what to do; changes nothing')
    .argument('[app]', 'module that exports an app, for example ./app.js#tasq')
    .option('--json', 'print the findings as JSON')
  addBackendOptions(command).action(async (app: string | undefined, given: DoctorFlags) => {
    const flags = app === undefined ? given : { ...given, app }
    await using tasq = await openApp(flags, context)
    const findings = await tasq.diagnose()
    const { terminal } = context
    const { linesOfFindings, worstOf } = await import('../output/findings.ts') // it measures texts, which few commands do
    print(terminal, flags, { status: worstOf(findings), findings }, () => linesOfFindings(findings, terminal))
    const errors = findings.filter(({ status }) => status === 'error')
    if (errors.length > 0) throw new UnhealthyError(errors)
  })
}
