import type { StandardSchemaV1 } from '@standard-schema/spec'
import { expect, test } from 'vitest'
import { defineTask } from '../../src/index.ts'
import { fails } from '../support/faulty-driver.ts'
import { eventually, settled, stage } from '../support/stage.ts'

/** A task whose input is still being checked: its handler has not been called yet. */
async function checking() {
  const gate = Promise.withResolvers<void>()
  let isSlow = false
  const schema: StandardSchemaV1<string> = {
    '~standard': {
      version: 1,
      vendor: 'own',
      validate: async (value) => {
        if (isSlow) await gate.promise
        return { value: String(value) }
      },
    },
  }
  let runs = 0
  const task = defineTask({ name: 'checked', input: schema, run: () => void runs++ })
  const on = stage({ tasks: [task] })
  const handle = await on.tasq.enqueue(task, 'x')
  isSlow = true
  const worker = on.tasq.worker({ shutdownTimeout: '1s', abortGrace: '1h' })
  await worker.start()
  await eventually(on.clock, () => on.store.active.size === 1)
  return { ...on, worker, handle, gate, runs: () => runs }
}

test('a handler runs once its input has been checked', async () => {
  const { clock, gate, log, runs } = await checking()
  gate.resolve()
  await eventually(clock, () => log.count('task:completed') === 1)
  expect(runs()).toBe(1)
})

test('a handler does not start any more when its lease was lost meanwhile', async () => {
  const { clock, driver, gate, log, runs } = await checking()
  driver.always(fails(), 'extend')
  await eventually(clock, () => log.count('task:lost') === 1)
  gate.resolve()
  await clock.advance(1_000)
  expect([runs(), log.count('task:started')]).toEqual([0, 0])
})

test('a handler does not start any more when its task was cancelled meanwhile', async () => {
  const { clock, handle, gate, log, runs } = await checking()
  await handle.cancel('why')
  await clock.advance(2_000)
  gate.resolve()
  await eventually(clock, () => log.count('task:cancelled') === 1)
  expect(runs()).toBe(0)
})

test('a handler does not start any more when its worker stops meanwhile; the task is handed back', async () => {
  const { clock, worker, gate, log, store, runs } = await checking()
  const stopped = worker.stop()
  await clock.advance(1_500)
  gate.resolve()
  const report = await settled(clock, stopped)
  expect([report.released, runs(), log.count('task:started')]).toEqual([1, 0, 0])
  expect([...store.live.values()].map(({ state, attempts }) => [state, attempts])).toEqual([['ready', 0]])
})
