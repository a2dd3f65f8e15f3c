import { expect, test } from 'vitest'
import { attempt } from '../../src/engine/attempt.ts'
import { decide } from '../../src/engine/decide.ts'
import { Hold } from '../../src/engine/hold.ts'
import { defineTask } from '../../src/index.ts'
import { NOW, taskDelivery } from '../support/builders.ts'
import { stage } from '../support/stage.ts'

// Backends that recover lost deliveries by themselves count them apart from attempts.

const work = defineTask({ name: 'work', run: () => 'done' })

/** What an attempt at a task comes to that was delivered so often before, where three times are allowed. */
async function attemptAfter(redeliveries: number | undefined) {
  const { tasq, driver, clock } = stage({ tasks: [work] })
  const delivery = taskDelivery({ ...(redeliveries === undefined ? {} : { redeliveries }) })
  const hold = new Hold(delivery, 0, 0)
  let hasStarted = false
  const outcome = await attempt(hold, {
    // Only what an attempt uses.
    app: { ...appOf(tasq), driver, clock } as never,
    workerId: 'w',
    maxRedeliveries: 3,
    onStart: () => {
      hasStarted = true
    },
  })
  const context = { clock: { monotonic: () => 0 }, unknownTaskGraceMs: 0, random: () => 0 }
  return { hold, outcome, hasStarted, settlement: decide(hold, outcome, context) }
}

function appOf(tasq: { readonly events: unknown }) {
  return {
    events: tasq.events,
    middleware: [],
    registry: { find: () => work },
    codecs: { decode: () => null },
  }
}

test.each([undefined, 0, 1, 3])(
  'after %s redeliveries it runs, as the attempt that it was',
  async (count) => {
    const { hasStarted, settlement, hold } = await attemptAfter(count)
    expect(hasStarted).toBe(true)
    expect(settlement).toMatchObject({ kind: 'complete', attempt: 1 })
    expect(hold.isSuspect).toBe((count ?? 0) > 0)
  },
)

test('after more than are allowed it is not started again: dead as lost, with no attempt charged', async () => {
  const { hasStarted, settlement } = await attemptAfter(4)
  expect(hasStarted).toBe(false)
  expect(settlement).toMatchObject({
    kind: 'deadLetter',
    reason: 'lost',
    attempts: 0,
    failure: { code: 'TASQ_LEASE_LOST', at: NOW },
  })
})
