import { setImmediate as nextTurn } from 'node:timers/promises'
import { InvalidOptionError, type Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { integer } from '../../config/values.ts'
import type { CommandContext } from '../../context.ts'
import { addLetterFilters, type LetterFlags, selectionOf } from '../../operate/dead-letters.ts'
import { chosenQueues } from '../../operate/known-queues.ts'
import { addOperation, openBackend } from '../../operate/operation.ts'
import { ago, count } from '../../output/format.ts'
import { printTable } from '../../output/print.ts'
import type { Column } from '../../output/table.ts'
import type { Terminal } from '../../output/terminal.ts'
import { type ErrorGroup, ErrorGroups } from './error-groups.ts'

interface ErrorsFlags extends LetterFlags {
  readonly limit?: number
}

/** Letters carry their inputs: a page of them must stay small. */
const PAGE = 200
const SHOWN = 20

/** `tasq dlq errors`. */
export function addErrors(group: Command, context: CommandContext): void {
  const command = addOperation(
    group,
    'errors [queue]',
    'dead letters grouped by task and error, the largest group first',
  )
  addLetterFilters(command)
    .addOption(new Option('--limit <n>', `most groups that are shown (default: ${SHOWN})`).argParser(integer))
    .action(async (queue: string | undefined, flags: ErrorsFlags) => {
      const { limit = SHOWN } = flags
      if (limit < 1) throw new InvalidOptionError('--limit', limit, 'an integer from 1')
      await using tasq = await openBackend(flags, context)
      const { terminal } = context
      const groups = await grouped(tasq, await chosenQueues(tasq, queue), flags, terminal)
      const { sorted, letters, beyond } = groups
      const shown = sorted.slice(0, limit)
      const result = { letters, groups: shown, moreGroups: sorted.length - shown.length, beyond }
      await printTable(terminal, flags, result, shown, COLUMNS)
      if (letters === 0) terminal.err('There are no dead letters.')
      if (sorted.length > shown.length) {
        terminal.err(`${count(sorted.length - shown.length)} more groups: add --limit ${sorted.length}`)
      }
      if (beyond > 0)
        terminal.err(`${count(beyond)} letters have yet other errors: narrow it down by --task or --reason`)
    })
}

async function grouped(
  tasq: Tasq,
  queues: readonly string[],
  flags: ErrorsFlags,
  { live }: Terminal,
): Promise<ErrorGroups> {
  const groups = new ErrorGroups()
  for (const name of queues) {
    let cursor: string | undefined
    do {
      const page = await tasq.queue(name).deadLetters.list({ ...selectionOf(flags), limit: PAGE, cursor })
      for (const letter of page.items) groups.add(letter)
      cursor = page.cursor
      live?.show(`${count(groups.letters)} letters`)
      await nextTurn() // a driver that never waits would let nobody interrupt it
    } while (cursor !== undefined)
  }
  live?.clear()
  return groups
}

const COLUMNS: readonly Column<ErrorGroup>[] = [
  { title: 'count', value: (group) => count(group.count), align: 'right' },
  { title: 'task', value: ({ task }) => task, shrinks: true },
  { title: 'error', value: ({ error }) => error, shrinks: true },
  { title: 'first', value: ({ firstSeen }) => (firstSeen === undefined ? '' : ago(firstSeen)) },
  { title: 'last', value: ({ lastSeen }) => (lastSeen === undefined ? '' : ago(lastSeen)) },
  { title: 'for example', value: ({ example }) => example },
]
