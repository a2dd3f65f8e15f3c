import { UsageError } from '../errors.ts'
import type { Terminal } from './terminal.ts'

/**
 * Whether to go on with what can't be undone.
 * @param what for example `delete 12 tasks of queue mail`.
 * @throws UsageError where nobody can be asked and `--yes` was not given.
 */
export async function confirm(
  terminal: Terminal,
  flags: { readonly yes?: boolean | undefined },
  what: string,
): Promise<boolean> {
  if (flags.yes === true) return true
  if (terminal.ask === undefined)
    throw new UsageError(`To ${what} needs a confirmation.`, 'Add --yes to do it.')
  const answer = await terminal.ask(`${what[0]?.toUpperCase()}${what.slice(1)}? [y/N] `)
  if (/^y(es)?$/i.test(answer.trim())) return true
  terminal.err('Nothing was changed.')
  return false
}
