import type { Enqueued } from '@tasq/core/driver'

/** How long a receipt is kept: longer than any client repeats a call. */
export const RECEIPT_MS = 5 * 60_000

export const CREATED: Enqueued = Object.freeze({ status: 'created' })

/** The answers to a call as text: only the duplicates, with the position and the holder of each. */
export function receiptOf(answers: readonly Enqueued[]): string {
  const duplicates = answers.flatMap((answer, index) =>
    answer.status === 'duplicate' ? [[index, answer.of]] : [],
  )
  return JSON.stringify(duplicates)
}

/** The answers that a receipt tells of, to a call of so many tasks. */
export function answersOf(receipt: string, count: number): readonly Enqueued[] {
  const holders = new Map(JSON.parse(receipt) as [number, string][])
  return Array.from({ length: count }, (_, index) => {
    const of = holders.get(index)
    return of === undefined ? CREATED : { status: 'duplicate', of }
  })
}
