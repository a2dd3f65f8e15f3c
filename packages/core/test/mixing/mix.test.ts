import { expect, test } from 'vitest'
import { InvalidOptionError, UnsupportedError } from '../../src/errors.ts'
import { createTasq, defineTask } from '../../src/index.ts'
import { memory } from '../../src/memory.ts'
import { bareDriver } from '../support/bare-driver.ts'
import { rejection, thrown } from '../support/present.ts'

const ping = defineTask({ name: 'ping', run: () => 'pong' })

/** A driver with no more than a message broker can do. */
function broker() {
  const bare = bareDriver(memory())
  return { ...bare, name: 'broker', limits: { ...bare.limits, fence: 'delivery' as const, redelivers: true } }
}

test('a store that keeps no ledger is refused, with those that can', () => {
  const error = thrown(() => createTasq({ driver: broker(), store: broker() as never }), UnsupportedError)
  expect(error.message).toContain("The driver 'broker' has no ledger.")
  expect(error.nextStep).toContain('postgres()')
})

test('a store beside a driver that needs none is refused', () => {
  const error = thrown(() => createTasq({ driver: memory(), store: memory() }), InvalidOptionError)
  expect(error.option).toBe('store')
  expect(error.message).toContain("the driver 'memory' keeps all of it itself")
})

test.each([null, 'postgres://localhost', {}])('a store that is no driver is refused: %o', (store) => {
  const error = thrown(() => createTasq({ driver: broker(), store: store as never }), InvalidOptionError)
  expect(error.option).toBe('store')
})

test('a unique key on a broker alone is refused before anything is sent, with the remedy', async () => {
  await using tasq = createTasq({ driver: broker() })
  const error = await rejection(tasq.enqueue(ping, undefined, { unique: { key: 'k' } }), UnsupportedError)
  expect(error.message).toContain("The driver 'broker' has no unique keys.")
  expect(error.nextStep).toContain('createTasq({ driver, store')
  const [dead] = await tasq.driver.deadLetters.count(['default'])
  expect(dead).toBe(0)
})

test('a result to keep on a broker alone is refused, whether the call or the definition asks for it', async () => {
  await using tasq = createTasq({ driver: broker() })
  const keeping = defineTask({ name: 'keeping', keepResult: '1h', run: () => 'pong' })
  for (const refused of [tasq.enqueue(ping, undefined, { keepResult: '1h' }), tasq.enqueue(keeping)]) {
    expect((await rejection(refused, UnsupportedError)).message).toContain('has no results')
  }
})

test('its limits are the narrower of both, and it fences by token', () => {
  const { driver } = createTasq({ driver: broker(), store: memory() })
  expect(driver.name).toBe('broker')
  expect(driver.limits).toMatchObject({ fence: 'token', lease: 'timed', redelivers: true, maxBatch: 1_000 })
  expect(driver.limits.writesInFlight).toBeUndefined()
})

test('where the broker can’t be opened, the store is let go of', async () => {
  const away = new Error('no broker here')
  const store = memory()
  const driver = { ...broker(), open: () => Promise.reject(away) }
  const tasq = createTasq({ driver, store })
  await expect(tasq.open()).rejects.toBe(away)
  await expect(store.enqueue({ callId: 'c', tasks: [] })).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
})
