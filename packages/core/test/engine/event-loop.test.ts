import { expect, test } from 'vitest'
import { createTasq, defineTask } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'

// The memory driver answers without a turn of the event loop, as embedded databases do. Timers and sockets of the process must
// get their turns all the same.

const TASKS = 6_000

/** How often the event loop went round until the work was done. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0
  let isDone = false
  const count = () => {
    turns++
    if (!isDone) setImmediate(count)
  }
  setImmediate(count)
  await work()
  isDone = true
  return turns
}

test('a worker that has much to do lets the rest of the process have its turns [Q5]', async () => {
  let ran = 0
  const done = Promise.withResolvers<void>()
  const quick = defineTask({
    name: 'quick',
    run: () => {
      if (++ran === TASKS) done.resolve()
    },
  })
  await using tasq = createTasq({ driver: memory(), tasks: [quick] })
  await tasq.enqueueMany(quick, Array.from({ length: TASKS }))
  const turns = await turnsDuring(async () => {
    await tasq.worker({ concurrency: 100 }).start()
    await done.promise
  })
  expect(turns).toBeGreaterThanOrEqual(TASKS / 1_100)
})

test('so do callers that enqueue without a pause', async () => {
  const quick = defineTask({ name: 'quick', run: () => {} })
  await using tasq = createTasq({ driver: memory(), tasks: [quick] })
  let left = TASKS
  const producer = async () => {
    while (left-- > 0) await tasq.enqueue(quick)
  }
  const turns = await turnsDuring(() => Promise.all(Array.from({ length: 100 }, producer)))
  expect(turns).toBeGreaterThanOrEqual(TASKS / 100)
})
