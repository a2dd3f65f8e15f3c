import { createTasq, defineTask } from '@tasq/core'
import { sqlite } from '@tasq/sqlite'
import { type Payload, payloadOf } from './scenario.ts'

// Stores tasks in a database file, for a worker that must not carry in its memory what it took to make them.
const [file = '', tasks] = process.argv.slice(2)
const noop = defineTask({ name: 'noop', run: async (_input: Payload & { readonly index: number }) => {} })
await using tasq = createTasq({ driver: sqlite(file) })
const left = Number(tasks)
for (let start = 0; start < left; start += 1_000) {
  const count = Math.min(1_000, left - start)
  await tasq.enqueueMany(
    noop,
    Array.from({ length: count }, (_, index) => ({ index: start + index, ...payloadOf(start + index) })),
  )
}
