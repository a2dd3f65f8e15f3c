import type { Finding } from '@tasq/core'
import type { Command } from 'commander'
import { type AppFlags, addTaskOptions, namedApp, openApp } from '../config/app.ts'
import { Setting } from '../config/setting.ts'
import { repeated } from '../config/values.ts'
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
  const tasks = new Setting('--tasks <glob>', 'modules that export task definitions; may be repeated')
  addTaskOptions(command, tasks.argParser(repeated)).action(
    async (app: string | undefined, given: DoctorFlags) => {
      const flags = app === undefined ? given : { ...given, app }
      await using tasq = await openApp(flags, context)
      const findings = (await tasq.diagnose()).map((finding) => withTasks(finding, flags))
      const { terminal } = context
      const { linesOfFindings, worstOf } = await import('../output/findings.ts') // it measures texts, which few commands do
      print(terminal, flags, { status: worstOf(findings), findings }, () =>
        linesOfFindings(findings, terminal),
      )
      const errors = findings.filter(({ status }) => status === 'error')
      if (errors.length > 0) throw new UnhealthyError(errors)
    },
  )
}

/** Where nothing has named any tasks, there is more to look at than was found. */
function withTasks(finding: Finding, flags: DoctorFlags): Finding {
  if (finding.check !== 'definitions' || finding.status !== 'note') return finding
  if (namedApp(flags) !== undefined || flags.tasks !== undefined) return finding
  return {
    ...finding,
    message: 'No tasks were looked at: neither the command nor a config file in this folder names any.',
    nextStep:
      'Name an app (`tasq doctor ./app.js`) or modules of tasks (`--tasks`), or go to the folder of tasq.config.ts.',
  }
}
