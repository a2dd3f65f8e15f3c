import { expect, test } from 'vitest'
import { createTasq, defineTask } from '../src/index.ts'
import { memory } from '../src/memory.ts'

test('a task runs and gives its result', async () => {
  const double = defineTask({ name: 'double', keepResult: true, run: (input: { n: number }) => input.n * 2 })
  await using tasq = createTasq({ driver: memory(), tasks: [double] })
  const worker = tasq.worker()
  await worker.start()
  const handle = await tasq.enqueue(double, { n: 21 })
  expect(await handle.result({ timeout: '5s' })).toBe(42)
})
