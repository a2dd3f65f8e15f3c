import type { BatchResultErrorEntry } from '@aws-sdk/client-sqs'
import { type StoreError, TasqError } from '@tasq/core/driver'
import { entryError, unanswered } from './errors.ts'

/** What SQS allows in one request. */
export const MOST_ENTRIES = 10
const MOST_BYTES = 1_048_576

/** The answer to a batch, as all batches of SQS are answered. */
interface BatchAnswer {
  readonly Successful?: readonly { readonly Id?: string | undefined }[] | undefined
  readonly Failed?: readonly BatchResultErrorEntry[] | undefined
}

export interface Batching<Item> {
  readonly where: string
  /** Bytes of the item that count against the size of a batch; absent where it has none. */
  readonly sizeOf?: (item: Item) => number
  /** Sends up to ten items; the id of each is its position. */
  readonly send: (items: readonly Item[]) => Promise<BatchAnswer>
}

/** What became of one item: nothing where it was done, else why it was not. */
export type ItemOutcome = undefined | { readonly error: TasqError; readonly entry?: BatchResultErrorEntry }

/** Sends items in as few batches as they fit into, all at the same time, and tells for each, in order, what became of it. */
export async function inBatches<Item>(
  items: readonly Item[],
  batching: Batching<Item>,
): Promise<readonly ItemOutcome[]> {
  const chunks = chunksOf(items, batching.sizeOf)
  const outcomes = await Promise.all(chunks.map((chunk) => sendOne(chunk, batching)))
  return outcomes.flat()
}

/** Pieces of a list, in order, each of which one request can carry. */
export function chunksOf<Item>(
  items: readonly Item[],
  sizeOf: (item: Item) => number = () => 0,
): readonly (readonly Item[])[] {
  const chunks: Item[][] = []
  let current: Item[] = []
  let bytes = 0
  for (const item of items) {
    const size = sizeOf(item)
    if (current.length === MOST_ENTRIES || (current.length > 0 && bytes + size > MOST_BYTES)) {
      chunks.push(current)
      current = []
      bytes = 0
    }
    current.push(item)
    bytes += size
  }
  if (current.length > 0) chunks.push(current)
  return chunks
}

async function sendOne<Item>(
  items: readonly Item[],
  batching: Batching<Item>,
): Promise<readonly ItemOutcome[]> {
  try {
    return outcomesOf(items.length, await batching.send(items), batching.where)
  } catch (thrown) {
    if (!TasqError.isInstance(thrown)) throw thrown
    // What is refused as a whole may be refused because of one of them.
    if (items.length > 1 && isAboutContents(thrown)) {
      return (await Promise.all(items.map((item) => sendOne([item], batching)))).flat()
    }
    return items.map(() => ({ error: thrown }))
  }
}

function isAboutContents(error: TasqError): boolean {
  return error.code === 'TASQ_STORE_FAILED' && (error as StoreError).outcome === 'refused'
}

function outcomesOf(
  count: number,
  { Successful = [], Failed = [] }: BatchAnswer,
  where: string,
): readonly ItemOutcome[] {
  const succeeded = new Set(Successful.map(({ Id }) => Number(Id)))
  const failed = new Map(Failed.map((entry) => [Number(entry.Id), entry]))
  return Array.from({ length: count }, (_, index): ItemOutcome => {
    if (succeeded.has(index)) return undefined
    const entry = failed.get(index)
    return entry === undefined ? { error: unanswered(where) } : { error: entryError(entry, where), entry }
  })
}
