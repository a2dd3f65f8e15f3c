import { type Command, Option } from 'commander'
import { openApp } from '../config/app.ts'
import type { CommandContext } from '../context.ts'
import { addOperation, type OperatorFlags } from '../operate/operation.ts'
import { print } from '../output/print.ts'

interface MigrateFlags extends OperatorFlags {
  readonly dryRun?: boolean
}

/** `tasq migrate`: brings the schema of a backend up to date. */
export function addMigrateCommand(program: Command, context: CommandContext): void {
  addOperation(
    program,
    'migrate',
    'bring the schema of the backend up to date; what is up to date stays as it is',
  )
    .addOption(new Option('--dry-run', 'say what is to be done, and do nothing'))
    .action(async (flags: MigrateFlags) => {
      await using tasq = await openApp(flags, context)
      const { terminal } = context
      const { name, migrations } = tasq.driver
      const pending = (await migrations?.pending()) ?? []
      const applied = flags.dryRun === true ? [] : ((await migrations?.apply()) ?? [])
      const shown = flags.dryRun === true ? pending : applied
      print(terminal, flags, { driver: name, pending, applied }, () => shown)
      if (migrations === undefined)
        terminal.err(`The driver '${name}' needs no migrations: it prepares all when it connects.`)
      else if (shown.length === 0) terminal.err('The schema is up to date.')
      else terminal.err(flags.dryRun === true ? 'These would be applied.' : 'These were applied.')
    })
}
