import { type Command, InvalidArgumentError } from 'commander'
import { UsageError } from '../errors.ts'
import { rememberName } from './names.ts'
import { Setting } from './setting.ts'

/** A value that some source has for a setting. */
export interface Found {
  /** As the user would look for it: `TASQ_CONCURRENCY in .env`. */
  readonly name: string
  /** @throws InvalidArgumentError where the source says something impossible. */
  readonly value: () => unknown
}

/** Where settings come from, beside the command line. */
export interface Source {
  find(setting: Setting): Found | undefined
}

/**
 * Fills in what the command line has left out.
 * @param sources the first that knows a setting is believed.
 * @param note told where sources say different things.
 */
export function settle(command: Command, sources: readonly Source[], note: (line: string) => void): void {
  for (const option of command.options) {
    if (option instanceof Setting && !option.negate) settleOne(command, option, sources, note)
  }
}

function settleOne(
  command: Command,
  setting: Setting,
  sources: readonly Source[],
  note: (line: string) => void,
): void {
  const key = setting.attributeName()
  const found = sources.flatMap((source) => source.find(setting) ?? [])
  const isFlag = command.getOptionValueSource(key) === 'cli'
  const [first, ...others] = isFlag ? [undefined, ...found] : found
  if (first !== undefined) {
    command.setOptionValueWithSource(key, read(first), 'config')
    rememberName(command.opts(), key, first.name)
  }
  const winner = first?.name ?? setting.long
  for (const other of others) note(`${winner} goes before ${other?.name}`)
}

function read({ name, value }: Found): unknown {
  try {
    return value()
  } catch (error) {
    if (error instanceof InvalidArgumentError) {
      throw new UsageError(`${name} can't be used. ${error.message}`, 'Correct it, or give the flag.', error)
    }
    throw error
  }
}
