import type { ExtendAnswer, Extension } from '@tasq/core/driver'
import type { Backend } from './backend.ts'
import { textOf } from './replies.ts'
import { type Argument, scripts } from './scripts.ts'

const ANSWERS: Readonly<Record<string, ExtendAnswer>> = { h: 'held', l: 'lost', c: 'cancelled' }

/** Renews leases, those of each queue by one script. */
export async function extend(
  backend: Backend,
  extensions: readonly Extension[],
): Promise<readonly ExtendAnswer[]> {
  const answers: ExtendAnswer[] = new Array(extensions.length)
  const byQueue = Map.groupBy(extensions.keys(), (index) => extensions[index]?.lease.queue ?? '')
  await Promise.all(
    [...byQueue].map(async ([queue, indexes]) => {
      const args: Argument[] = []
      for (const index of indexes) {
        const extension = extensions[index]
        if (extension === undefined) continue
        args.push(extension.lease.token, extension.lease.id, Math.round(extension.leaseMs))
      }
      const letters = textOf(await backend.run(scripts.extend, queue, args))
      indexes.forEach((index, place) => {
        answers[index] = ANSWERS[letters[place] ?? ''] ?? 'lost'
      })
    }),
  )
  return answers
}
