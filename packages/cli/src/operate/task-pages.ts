import { InvalidOptionError, type Page, type TaskSnapshot, type TaskState, type Tasq } from '@tasq/core'
import { type Command, Option } from 'commander'
import { integer } from '../config/values.ts'
import { printTable } from '../output/print.ts'
import type { Column } from '../output/table.ts'
import type { Terminal } from '../output/terminal.ts'
import type { OperatorFlags } from './operation.ts'

/** What is asked of a list. */
export interface PageFlags extends OperatorFlags {
  readonly limit?: number
  readonly cursor?: string
  readonly all?: boolean
}

/** One of the lists that stand one after another in what is shown. */
export interface TaskList {
  readonly queue: string
  readonly state: TaskState | 'dead'
}

type Filter = Parameters<ReturnType<Tasq['queue']>['deadLetters']['list']>[0]

const PAGE = 50
/** Tasks carry their inputs: more at a time would take too much memory. */
const MOST = 1_000

export function addPaging(command: Command): Command {
  return command
    .addOption(
      new Option('--limit <n>', `most tasks that are shown, up to ${MOST} (default: ${PAGE})`).argParser(
        integer,
      ),
    )
    .addOption(new Option('--cursor <text>', 'go on where an earlier list was cut'))
    .addOption(new Option('--all', 'show all of them, page by page'))
}

/** Prints a page of these lists, or all pages; says where it was cut, and how to see more. */
export async function printPages(
  tasq: Tasq,
  lists: readonly TaskList[],
  filter: Filter,
  flags: PageFlags,
  columns: readonly Column<TaskSnapshot>[],
  terminal: Terminal,
): Promise<void> {
  const { limit = PAGE, all = false } = flags
  if (limit < 1 || limit > MOST)
    throw new InvalidOptionError('--limit', limit, `an integer from 1 to ${MOST}`)
  let { cursor } = flags
  let shown = 0
  do {
    const page = await pageOf(tasq, lists, filter, limit, cursor)
    cursor = page.cursor
    const hasHead = shown === 0
    await printTable(terminal, flags, { tasks: page.items, cursor }, page.items, columns, { hasHead })
    shown += page.items.length
  } while (all && cursor !== undefined)
  if (shown === 0) terminal.err('There are none.')
  if (cursor !== undefined) terminal.err(`There are more: add --all, or --cursor ${cursor}`)
}

/** A page that goes on from one list to the next until it is full. */
async function pageOf(
  tasq: Tasq,
  lists: readonly TaskList[],
  filter: Filter,
  limit: number,
  cursor: string | undefined,
): Promise<Page<TaskSnapshot>> {
  const items: TaskSnapshot[] = []
  let [at, inList] = placeOf(lists, cursor)
  for (let list = lists[at]; list !== undefined; list = lists[at]) {
    const room = limit - items.length
    // A full page goes on only where there is something to go on with.
    const isFull = room === 0
    if (isFull && inList !== undefined) return { items, cursor: cursorOf(list, inList) }
    const page = await partOf(tasq, list, { ...filter, limit: isFull ? 1 : room, cursor: inList })
    if (isFull && page.items.length > 0) return { items, cursor: cursorOf(list, undefined) }
    items.push(...page.items)
    inList = page.cursor
    if (page.cursor === undefined) at++
  }
  return { items }
}

async function partOf(tasq: Tasq, { queue, state }: TaskList, options: Filter): Promise<Page<TaskSnapshot>> {
  const handle = tasq.queue(queue)
  return state === 'dead' ? await handle.deadLetters.list(options) : await handle.tasks(state, options)
}

function cursorOf({ queue, state }: TaskList, cursor: string | undefined): string {
  return Buffer.from(JSON.stringify([queue, state, cursor ?? null])).toString('base64url')
}

/** @throws InvalidOptionError for what no page of these lists gave. */
function placeOf(lists: readonly TaskList[], cursor: string | undefined): [number, string | undefined] {
  if (cursor === undefined) return [0, undefined]
  const [queue, state, inList] = partsOf(cursor)
  const at = lists.findIndex((list) => list.queue === queue && list.state === state)
  if (at < 0)
    throw new InvalidOptionError('--cursor', cursor, 'what an earlier page of the same list has printed')
  return [at, typeof inList === 'string' ? inList : undefined]
}

function partsOf(cursor: string): readonly unknown[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString())
    return Array.isArray(parsed) ? parsed : []
  } catch {
    return []
  }
}
