import { expect, test } from 'vitest'
import { BackpressureError, type Codec, defineTask, typed } from '../../src/index.ts'
import { waitsFor } from '../support/faulty-driver.ts'
import { rejection } from '../support/present.ts'
import { stage } from '../support/stage.ts'

const work = defineTask({ name: 'work', input: typed<number>() })

/** Makes payloads of many MiB without filling them. */
const sparse: Codec = {
  contentType: 'sparse',
  encode: (value) => new Uint8Array(Number(value)),
  decode: (bytes) => bytes.length,
}
const MIB = 1024 * 1024

test('no more than 10,000 tasks wait to be written; the next call is refused and nothing of it is stored', async () => {
  const { tasq, driver, store } = stage()
  const gate = Promise.withResolvers<void>()
  driver.always(waitsFor(gate.promise), 'enqueue')
  const waiting = Array.from({ length: 10_000 }, (_, index) => tasq.enqueue(work, index))
  const error = await rejection(tasq.enqueue(work, -1), BackpressureError)
  expect(error).toMatchObject({ code: 'TASQ_BACKPRESSURE', retryable: true })
  expect(error.message).toContain('10000 tasks')

  gate.resolve()
  await Promise.all(waiting)
  expect(store.live.size).toBe(10_000)
  expect((await tasq.enqueue(work, -1)).status).toBe('created')
})

test('no more than 64 MiB wait to be written, those in flight included', async () => {
  const { tasq, driver } = stage({ codec: sparse, limits: { maxBatchBytes: 16 * MIB } })
  const gate = Promise.withResolvers<void>()
  driver.always(waitsFor(gate.promise), 'enqueue')
  const waiting = Array.from({ length: 4 }, () => tasq.enqueue(work, 16 * MIB))
  await rejection(tasq.enqueue(work, 1), BackpressureError)
  gate.resolve()
  await Promise.all(waiting)
  expect((await tasq.enqueue(work, 1)).status).toBe('created')
})

test('what was written makes room again at once', async () => {
  const { tasq, store } = stage({ limits: { maxBatch: 100 } })
  for (let round = 0; round < 3; round++) {
    await Promise.all(Array.from({ length: 9_000 }, (_, index) => tasq.enqueue(work, index)))
  }
  expect(store.live.size).toBe(27_000)
})
