import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Driver } from '../../src/contract/driver.ts'
import type { Coordination } from '../../src/contract/facets/coordination.ts'
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

test('both are opened by the first use, the store has the results, and both are closed with the app [C16, C28]', async () => {
  const calls: string[] = []
  const noted = <Part extends Driver>(name: string, part: Part): Part => {
    const [open, close] = [part.open.bind(part), part.close.bind(part)]
    return Object.assign(part, {
      open: () => open().then(() => void calls.push(`${name} opened`)),
      close: () => close().then(() => void calls.push(`${name} closed`)),
    })
  }
  const store = noted('store', memory())
  const tasq = createTasq({ driver: noted('broker', broker()), store, tasks: [ping] })
  await tasq.worker().start()
  expect(calls.toSorted()).toEqual(['broker opened', 'store opened'])
  const handle = await tasq.enqueue(ping, undefined, { keepResult: '1h' })
  expect(await handle.result()).toBe('pong')
  expect([...store.store.finished.values()].map(({ id }) => id)).toEqual([handle.id])
  await tasq.close()
  expect(calls.slice(2).toSorted()).toEqual(['broker closed', 'store closed'])
})

test('where the broker can’t be opened, the store is let go of', async () => {
  const away = new Error('no broker here')
  const store = memory()
  const driver = { ...broker(), open: () => Promise.reject(away) }
  const tasq = createTasq({ driver, store })
  await expect(tasq.open()).rejects.toBe(away)
  await expect(store.enqueue({ callId: 'c', tasks: [] })).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
})

describe('messages between processes', () => {
  test('go by the broker where it carries them, else by the store', () => {
    const [own, store] = [memory().events, memory()]
    expect(createTasq({ driver: { ...broker(), events: own }, store }).driver.events).toBe(own)
    expect(createTasq({ driver: broker(), store }).driver.events).toBe(store.events)
  })

  test('go by a driver of their own where one is given, with a store and without [C28]', async () => {
    const events = memory()
    const mixed = createTasq({ driver: broker(), store: memory(), events })
    expect(mixed.driver.events).toBe(events.events)
    const driver = memory()
    await using tasq = createTasq({ driver, events, tasks: [ping] })
    expect(tasq.driver.events).toBe(events.events)
    expect(tasq.driver.store).toBe(driver.store)
    const worker = tasq.worker()
    await worker.start()
    expect(await (await tasq.enqueue(ping, undefined, { keepResult: '1h' })).result()).toBe('pong')
    await worker.stop()
  })

  test('their driver is opened and closed with the app', async () => {
    const events = memory()
    await events.close()
    const tasq = createTasq({ driver: memory(), events })
    await tasq.open()
    await tasq.driver.events.publish('channel', ['hello'])
    await tasq.close()
    await expect(events.events.publish('channel', ['hello'])).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  })

  test('where their driver can’t be opened, the other one is let go of', async () => {
    const away = new Error('no events here')
    const events = Object.assign(memory(), { open: () => Promise.reject(away) })
    const driver = memory()
    await expect(createTasq({ driver, events }).open()).rejects.toBe(away)
    await expect(driver.enqueue({ callId: 'c', tasks: [] })).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
  })

  test('a driver that carries none is refused, with those that do', () => {
    const error = thrown(() => createTasq({ driver: memory(), events: broker() as never }), UnsupportedError)
    expect(error.message).toContain("The driver 'broker' has no events.")
    expect(error.nextStep).toContain('redis()')
  })

  test.each([null, 'redis://localhost', {}])('what is no driver is refused: %o', (events) => {
    const error = thrown(() => createTasq({ driver: memory(), events: events as never }), InvalidOptionError)
    expect(error.option).toBe('events')
  })
})

describe('records that processes share', () => {
  const write = (key: string, value: string) => ({ kind: 'control', key, value, version: randomUUID() })

  test('are not met by an app that has the store for its driver, nor are its own', async () => {
    const store = memory()
    const { driver } = createTasq({ driver: broker(), store })
    await driver.open()
    await store.coordination.write({ scope: 'work', writes: [write('a', 'of the store')] })
    await driver.coordination.write({ scope: 'work', writes: [write('a', 'of the mix')] })
    const values = async (from: Coordination) =>
      (await from.read('control', 'work')).records.map(({ value }) => value)
    expect(await values(store.coordination)).toEqual(['of the store'])
    expect(await values(driver.coordination)).toEqual(['of the mix'])
  })

  test('keep their scopes and keys apart, whatever is in them', async () => {
    const { driver } = createTasq({ driver: broker(), store: memory() })
    await driver.open()
    const places = [
      ['', '1:ab'],
      ['1', ':ab'],
      ['1:a', 'b'],
      ['11:', '1:a'],
    ] as const
    for (const [scope, key] of places)
      await driver.coordination.write({ scope, writes: [write(key, `${scope} ${key}`)] })
    const { records } = await driver.coordination.read('control')
    expect(records.map(({ scope, key }) => [scope, key])).toEqual(places)
    expect(records.map(({ value }) => value)).toEqual(places.map((place) => place.join(' ')))
  })
})

test('what is kept in the store is bounded by time, not by count', async () => {
  const { driver } = createTasq({ driver: broker(), store: memory() })
  await driver.open()
  const { keepNewest } = driver.retention
  expect(await keepNewest('work', 'dead', 0, 100), 'the store keeps no letter of the broker').toBe(0)
  const error = await rejection(keepNewest('work', 'finished', 0, 100), UnsupportedError)
  expect(error.nextStep).toContain('keepResult')
})
