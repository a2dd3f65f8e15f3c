import type { TaskSnapshot, Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import type { CommandContext } from '../../context.ts'
import { NotThereError } from '../../errors.ts'
import { addLetterFilters, type LetterFlags, selectionOf } from '../../operate/dead-letters.ts'
import { chosenQueues } from '../../operate/known-queues.ts'
import { addOperation, inParts, type OperatorFlags, openBackend } from '../../operate/operation.ts'
import { taskDetails } from '../../operate/task-details.ts'
import { addPaging, type PageFlags, printPages } from '../../operate/task-pages.ts'
import { LETTER_COLUMNS } from '../../operate/task-rows.ts'
import { print } from '../../output/print.ts'

/** `tasq dlq list`. */
export function addList(group: Command, context: CommandContext): void {
  const command = addOperation(group, 'list [queue]', 'dead letters of a queue, or of all', {
    isDefault: true,
  })
  addPaging(addLetterFilters(command)).action(
    async (queue: string | undefined, flags: PageFlags & LetterFlags) => {
      await using tasq = await openBackend(flags, context)
      const lists = (await chosenQueues(tasq, queue)).map((name) => ({ queue: name, state: 'dead' as const }))
      await printPages(tasq, lists, selectionOf(flags), flags, LETTER_COLUMNS, context.terminal)
    },
  )
}

interface ShowFlags extends OperatorFlags {
  readonly queue?: string
}

/** `tasq dlq show`. */
export function addShow(group: Command, context: CommandContext): void {
  addOperation(
    group,
    'show <id>',
    'all that is known of a dead letter; with --verbose, the stacks of its errors',
  )
    .addOption(new Option('--queue <name>', 'its queue (default: all are looked through)'))
    .action(async (id: string, flags: ShowFlags, command: Command) => {
      await using tasq = await openBackend(flags, context)
      const letter = await findLetter(tasq, id, await chosenQueues(tasq, flags.queue))
      const isVerbose = command.optsWithGlobals()['verbose'] === true
      print(context.terminal, flags, letter, () =>
        taskDetails(letter, undefined, isVerbose, context.terminal),
      )
    })
}

const LOOK = 50

/** @throws NotThereError which names ids that are nearly it. */
async function findLetter(tasq: Tasq, id: string, queues: readonly string[]): Promise<TaskSnapshot> {
  const lettersOf = async (name: string, options: { ids?: readonly string[]; limit: number }) =>
    (await tasq.queue(name).deadLetters.list(options)).items
  const [found] = (await inParts(queues, (name) => lettersOf(name, { ids: [id], limit: 1 }))).flat()
  if (found !== undefined) return found
  const others = (await inParts(queues, (name) => lettersOf(name, { limit: LOOK }))).flat()
  throw new NotThereError(
    'task',
    id,
    others.map((letter) => letter.id),
  )
}
