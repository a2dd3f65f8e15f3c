import { expect, test } from 'vitest'
import { defineTask, type Middleware } from '../../src/index.ts'
import { VirtualClock } from '../../src/memory.ts'
import { eventually, settled, stage } from '../support/stage.ts'

test('what a schedule fires passes the middleware around attempts, and none around enqueues', async () => {
  const passed: string[] = []
  const middleware: Middleware = {
    enqueue: ({ task }, next) => {
      passed.push(`enqueue ${task}`)
      return next()
    },
    attempt: ({ task }, _, next) => {
      passed.push(`attempt ${task}`)
      return next()
    },
  }
  const clock = new VirtualClock()
  const tick = defineTask({ name: 'tick', run: () => undefined })
  const { tasq, log } = stage({ clock, tasks: [tick], middleware: [middleware] })
  await settled(clock, tasq.schedules.set({ id: 'often', task: tick, every: '10s' }))
  await tasq.worker().start()
  await eventually(clock, () => log.count('task:completed') === 1)
  expect(passed).toEqual(['attempt tick'])
  await tasq.enqueue(tick)
  expect(passed).toContain('enqueue tick')
})
