import { createTasq } from '@tasq/core'
import { driver, parameters } from './driver.ts'
import { note } from './tasks.ts'

/** Stores tasks from a process of its own, one by one, and says how each went. */
const [count, from = '0', ms = '0'] = parameters
const tasq = createTasq({ driver, tasks: [note] })
for (let number = Number(from); number < Number(from) + Number(count); number++) {
  try {
    // Longer than any stall of a busy disk, so that no lease runs out for that.
    const { id } = await tasq.enqueue(note, { number, ms: Number(ms) }, { visibilityTimeout: '60s' })
    console.log(`stored ${id}`)
  } catch (error) {
    console.log(`failed ${error instanceof Error && 'code' in error ? error.code : ''} ${error}`)
  }
}
await tasq.close()
