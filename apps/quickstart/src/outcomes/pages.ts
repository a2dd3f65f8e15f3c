import type { QueueHandle, TaskSnapshot } from '@tasq/core'
import type { FailedFile } from './outcomes.ts'

export const PAGE = 500

/** All items of a list that comes in pages. */
export async function* pages<Item>(
  load: (
    cursor: string | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly cursor?: string | undefined }>,
): AsyncIterable<Item> {
  let cursor: string | undefined
  do {
    const page = await load(cursor)
    yield* page.items
    cursor = page.cursor
  } while (cursor !== undefined)
}

export interface DeadFile extends FailedFile {
  /** Of its task. */
  readonly id: string
}

/** The files whose tasks are dead letters. */
export async function deadFiles({ deadLetters }: QueueHandle): Promise<readonly DeadFile[]> {
  const files: DeadFile[] = []
  for await (const letter of pages((cursor) => deadLetters.list({ limit: PAGE, cursor }))) {
    const message = letter.failures.at(-1)?.message ?? letter.reason ?? 'nobody knows why'
    files.push({ id: letter.id, path: pathOf(letter), message, attempts: letter.attempts })
  }
  return files
}

/** The input of a stored task; anything else was not enqueued by this program. */
function pathOf({ input }: TaskSnapshot): string {
  const path = typeof input === 'object' && input !== null && 'path' in input ? input.path : undefined
  return typeof path === 'string' ? path : '(unknown)'
}
