import assert, { AssertionError } from 'node:assert/strict'
import { inspect } from 'node:util'
import type { EnqueuedTask } from './enqueued-task.ts'

/** Most tasks that a message lists. */
const MOST_LISTED = 20

/** @throws AssertionError where none of the candidates contains the wanted input. */
export function findEnqueued<Input>(
  name: string,
  wanted: unknown,
  candidates: readonly EnqueuedTask<Input>[],
  all: readonly EnqueuedTask[],
): EnqueuedTask<Input> {
  const found = candidates.find(({ input }) => contains(input, wanted))
  if (found !== undefined) return found
  throw new AssertionError({
    message: describe(name, wanted, all),
    actual: candidates.map(({ input }) => input),
    expected: wanted,
    operator: 'assertEnqueued',
  })
}

function contains(input: unknown, wanted: unknown): boolean {
  if (wanted === undefined) return true
  try {
    assert.partialDeepStrictEqual(input, wanted)
    return true
  } catch {
    return false
  }
}

function describe(name: string, wanted: unknown, all: readonly EnqueuedTask[]): string {
  const asked = `Expected '${name}' to be enqueued${wanted === undefined ? '' : ` with ${show(wanted)}`}`
  if (all.length === 0) return `${asked}, but nothing was enqueued.`
  const listed = all.slice(0, MOST_LISTED).map((task, index) => `  ${index + 1}. ${line(task)}`)
  const rest = all.length > MOST_LISTED ? [`  … and ${all.length - MOST_LISTED} more`] : []
  return [`${asked}, but these were:`, ...listed, ...rest].join('\n')
}

function line({ task, queue, input, delayMs, runAt, priority }: EnqueuedTask): string {
  const extras = [
    `queue ${queue}`,
    ...(priority === 0 ? [] : [`priority ${priority}`]),
    ...(delayMs === undefined ? [] : [`delay ${delayMs} ms`]),
    ...(runAt === undefined ? [] : [`at ${runAt.toISOString()}`]),
  ]
  return `'${task}' with ${show(input)} (${extras.join(', ')})`
}

function show(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, compact: true })
}
