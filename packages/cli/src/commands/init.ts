import { relative, resolve } from 'node:path'
import { type Command, Option } from 'commander'
import { driverNames } from '../config/driver-flags.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../errors.ts'
import { makeProject, type ProjectReport } from '../init/project.ts'
import { print } from '../output/print.ts'

interface InitFlags {
  readonly driver: string
  readonly js?: boolean
  readonly force?: boolean
  readonly json?: boolean
}

/** `tasq init`: writes what a new project needs, and says how to go on. */
export function addInitCommand(program: Command, context: CommandContext): void {
  program
    .command('init')
    .description('write a config file and a first task')
    .argument('[folder]', 'where to; it is made if it is not there', '.')
    .addOption(
      new Option('--driver <name>', 'where tasks are kept').choices([...driverNames]).default('sqlite'),
    )
    .option('--js', 'write JavaScript instead of TypeScript')
    .option('--force', 'replace what it has written before; never package.json')
    .option('--json', 'print what was written, what was kept and how to go on as JSON')
    .action(async (folder: string, flags: InitFlags) => {
      refuseConfig(program)
      const target = resolve(context.folder, folder)
      const report = await makeProject(target, {
        driver: flags.driver,
        language: flags.js === true ? 'javascript' : 'typescript',
        force: flags.force === true,
      })
      const next = nextCommands(relative(context.folder, target), flags.driver)
      const result = { folder: target, driver: flags.driver, ...report, next }
      print(context.terminal, flags, result, () => linesOf(report, flags.driver, next))
    })
}

function refuseConfig(program: Command): void {
  if (program.getOptionValueSource('config') !== 'cli') return
  throw new UsageError('--config has no effect with tasq init.', 'Leave it out: it writes tasq.config.ts.')
}

/** What to type next; from another folder, a `cd` comes first. */
function nextCommands(folder: string, driver: string): readonly string[] {
  const packages = ['core', 'cli', ...(driver === 'sqlite' ? [] : [driver])].map((name) => `@tasq/${name}`)
  return [
    ...(folder === '' ? [] : [`cd ${/^[\w./-]+$/.test(folder) ? folder : `'${folder}'`}`]),
    `npm install ${packages.join(' ')}`,
    `npx tasq enqueue hello '{"name": "world"}'`,
    'npx tasq worker',
  ]
}

function linesOf(
  { written, kept }: ProjectReport,
  driver: string,
  next: readonly string[],
): readonly string[] {
  return [
    ...written.map((path) => `written     ${path}`),
    ...kept.map((path) => `left alone  ${path}: it was there`),
    '',
    ...(driver === 'sqlite'
      ? []
      : ['Where the server is: copy .env.example to .env, and correct it there. Then:', '']),
    ...next.map((command) => `  ${command}`),
  ]
}
