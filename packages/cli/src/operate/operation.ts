import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { type Tasq, TasqError } from '@tasq/core'
import type { Command } from 'commander'
import { type AppFlags, addBackendOptions, namedApp, openApp } from '../config/app.ts'
import { maxAttemptsKeys } from '../config/driver-flags.ts'
import { flagOf, isFromFlag } from '../config/names.ts'
import type { CommandContext } from '../context.ts'
import { UsageError } from '../errors.ts'

/** What every operator's command may be told. */
export interface OperatorFlags extends AppFlags {
  readonly json?: boolean
}

/** A command with commands below it. */
export function addGroup(program: Command, name: string, description: string): Command {
  return program.command(name).description(description)
}

/**
 * A command that looks at a backend, or changes something there.
 * @param usage its name and arguments: `show <queue>`.
 * @param options.isDefault it is meant where the group is named and none of its commands.
 */
export function addOperation(
  parent: Command,
  usage: string,
  description: string,
  options: { readonly isDefault?: boolean } = {},
): Command {
  const command = parent
    .command(usage, { isDefault: options.isDefault === true })
    .description(description)
    .option('--json', 'print the result as JSON')
  return addBackendOptions(command)
}

/**
 * The app to look at, connected: a server that is away is told before anything else.
 * @throws UsageError where the SQLite file is not there: a look must not make an empty one.
 */
export async function openBackend(flags: OperatorFlags, context: CommandContext): Promise<Tasq> {
  for (const key of maxAttemptsKeys.filter((name) => isFromFlag(flags, name))) {
    context.terminal.err(
      `tasq: ${flagOf(key)} changes nothing here: it is stored with a task when that is enqueued`,
    )
  }
  const tasq = await openApp(flags, context)
  try {
    requireFile(tasq, flags, context)
    await tasq.open()
    return tasq
  } catch (error) {
    await tasq.close()
    throw error
  }
}

function requireFile({ driver }: Tasq, flags: OperatorFlags, { folder }: CommandContext): void {
  const { sqliteFile = 'tasq.db' } = flags
  if (namedApp(flags) !== undefined || driver.name !== 'sqlite' || typeof sqliteFile !== 'string') return
  const file = resolve(folder, sqliteFile)
  if (sqliteFile === ':memory:' || existsSync(file)) return
  throw new UsageError(
    `There is no database ${file}.`,
    'Name it by --sqlite-file, another backend by --driver, or your app by --app; or go to the folder of tasq.config.ts.',
  )
}

/** What the work gives; `undefined` where the backend can't do that. */
export async function ifSupported<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await work()
  } catch (error) {
    if (TasqError.isInstance(error) && error.code === 'TASQ_UNSUPPORTED') return undefined
    throw error
  }
}

const AT_ONCE = 8

/** The answers of many calls, in order, a few at a time. */
export async function inParts<Item, Answer>(
  items: readonly Item[],
  call: (item: Item) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = []
  for (let start = 0; start < items.length; start += AT_ONCE) {
    answers.push(...(await Promise.all(items.slice(start, start + AT_ONCE).map(call))))
  }
  return answers
}
