import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import {
  defineTask,
  type EnqueueOptions,
  type TaskDefinition,
  type TaskHandle,
  type Tasq,
  TasqError,
} from '@tasq/core'
import { type Command, Option } from 'commander'
import { type AppFlags, addAppOptions, namedApp, openApp } from '../config/app.ts'
import { Setting } from '../config/setting.ts'
import { duration, integer, json, priority, repeated } from '../config/values.ts'
import type { CommandContext } from '../context.ts'
import { inFlags, UsageError } from '../errors.ts'
import { print } from '../output/print.ts'

interface EnqueueFlags extends AppFlags {
  readonly queue?: string
  readonly delay?: ReturnType<typeof duration>
  readonly priority?: ReturnType<typeof priority>
  readonly expiresIn?: ReturnType<typeof duration>
  readonly uniqueKey?: string
  readonly group?: string
  readonly maxAttempts?: number
  readonly timeout?: ReturnType<typeof duration>
  readonly keepResult?: ReturnType<typeof duration>
  readonly json?: boolean
}

/** `tasq enqueue`: stores one task and says which. */
export function addEnqueueCommand(program: Command, context: CommandContext): void {
  const command = program
    .command('enqueue')
    .description('store a task and print its id')
    .argument('<task>', 'name of the task definition')
    .argument('[input]', 'its input as JSON, for example \'{"path": "a.png"}\'')
    .addOption(new Option('--queue <name>', "queue instead of the definition's"))
    .addOption(new Option('--delay <time>', 'not before this time has passed').argParser(duration))
    .addOption(
      new Option(
        '--priority <level>',
        'critical, high, normal, low or -128 to 127; higher is sooner',
      ).argParser(priority),
    )
    .addOption(
      new Option('--expires-in <time>', 'to the dead letters if not started by then').argParser(duration),
    )
    .addOption(new Option('--unique-key <key>', 'at most one unfinished task with this key'))
    .addOption(new Option('--group <name>', 'whom it is for: tasks of a group can be held together'))
    .addOption(new Option('--max-attempts <n>', 'runs, the first included').argParser(integer))
    .addOption(new Option('--timeout <time>', 'longest time of one run').argParser(duration))
    .addOption(new Option('--keep-result <time>', 'how long the outcome is kept').argParser(duration))
    .option('--json', 'print id, queue, task and status as JSON')
  const tasks = new Setting('--tasks <glob>', 'modules that export task definitions; may be repeated')
  addAppOptions(command, tasks.argParser(repeated)).action(
    async (task: string, input: string | undefined, flags: EnqueueFlags) => {
      const value = json('input', input)
      await using tasq = await openApp(flags, context)
      const newFile = fileToMake(flags, context)
      const { id, queue, status } = await store(tasq, task, value, flags)
      print(context.terminal, flags, { id, queue, task, status }, () => [id])
      if (flags.json === true) return
      context.terminal.err(
        status === 'created' ? `created in queue ${queue}` : `already there, in queue ${queue}`,
      )
      if (newFile !== undefined)
        context.terminal.err(`${newFile} was made for it: run workers in this folder`)
    },
  )
}

async function store(tasq: Tasq, task: string, input: unknown, flags: EnqueueFlags): Promise<TaskHandle> {
  try {
    const definition = definitionOf(task, flags)
    tasq.handle(definition, 'unknown') // a name that is wrong needs no connection
    // A server that is away is told at once, where an enqueue would wait for it; a file is not made for input that is wrong.
    if (tasq.driver.name !== 'sqlite') await tasq.open()
    return await tasq.enqueue(definition, input, optionsOf(flags))
  } catch (error) {
    if (TasqError.isInstance(error) && error.code === 'TASQ_UNKNOWN_TASK') {
      const problem = error.message.replace(error.nextStep, '').trim()
      throw new UsageError(problem, 'Correct the name, or load the module that defines it.', error)
    }
    throw inFlags(error, flags, SET_BY)
  }
}

/** A file that is not there, where nothing says that this is the folder to work in: nobody may ever look into it. */
function fileToMake(flags: EnqueueFlags, { folder }: CommandContext): string | undefined {
  const { driver = 'sqlite', sqliteFile, tasks } = flags
  if (namedApp(flags) !== undefined || driver !== 'sqlite') return undefined
  if (sqliteFile !== undefined || tasks !== undefined) return undefined
  const file = resolve(folder, 'tasq.db')
  return existsSync(file) ? undefined : file
}

/** Which flag has set which option. */
const SET_BY = {
  queue: 'queue',
  delay: 'delay',
  priority: 'priority',
  expiresIn: 'expiresIn',
  'unique.key': 'uniqueKey',
  group: 'group',
  'retry.maxAttempts': 'maxAttempts',
  timeout: 'timeout',
  keepResult: 'keepResult',
}

/** By name where definitions were loaded, so that a wrong name is noticed; else any name will do. */
function definitionOf(name: string, flags: EnqueueFlags): TaskDefinition | string {
  return namedApp(flags) === undefined && flags.tasks === undefined ? defineTask({ name }) : name
}

function optionsOf(flags: EnqueueFlags): EnqueueOptions {
  return {
    queue: flags.queue,
    delay: flags.delay,
    priority: flags.priority,
    expiresIn: flags.expiresIn,
    unique: flags.uniqueKey === undefined ? undefined : { key: flags.uniqueKey },
    group: flags.group,
    retry: flags.maxAttempts === undefined ? undefined : { maxAttempts: flags.maxAttempts },
    timeout: flags.timeout,
    keepResult: flags.keepResult,
  }
}
