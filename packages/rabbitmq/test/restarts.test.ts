import { setTimeout } from 'node:timers/promises'
import { createTasq, defineTask } from '@tasq/core'
import { reserveCall } from '@tasq/testkit/conformance'
import { expect, test } from 'vitest'
import { rabbitmq } from '../src/index.ts'
import { alone, opened, ownServer, store, take } from './support/own-server.ts'
import { Run } from './support/run.ts'

// The server goes away, and comes back with its data.

const own = ownServer()

/** The server writes down within half a second that there is a queue; one that is younger does not survive a power cut. */
const onDisk = () => setTimeout(1_500)

const job = defineTask({ name: 'job', run: async (_number: number) => {} })

test('it is killed and comes back: workers go on by themselves, and every acknowledged task is done', async () => {
  const { server, url } = own()
  const run = new Run(alone(url))
  await run.progress()
  await onDisk()
  await server.kill()
  await setTimeout(300)
  await server.start()
  await run.progress()
  await run.finish()
})

test('it is stopped and started again: workers go on by themselves, and every acknowledged task is done', async () => {
  const { server, url } = own()
  const run = new Run(alone(url))
  await run.progress()
  await server.stop()
  await server.start()
  await run.progress()
  await run.finish()
})

test('its end charges none of a thousand prefetched tasks an attempt, and their leases are lost', async () => {
  const { server, url } = own()
  const options = alone(url)
  const driver = await opened(options)
  const ids = await store(driver, 1_000)
  const before = await take(driver, 1_000)
  await onDisk()
  await server.kill()
  await server.start()
  const extensions = before.map(({ lease }) => ({ lease, leaseMs: 1_000 }))
  expect(new Set(await driver.extend(extensions))).toEqual(new Set(['lost']))
  const after = await take(await opened(options), 1_000)
  expect(after.map(({ lease }) => lease.id).sort()).toEqual([...ids].sort())
  expect(new Set(after.map(({ attempt }) => attempt))).toEqual(new Set([1]))
  for (const { redeliveries } of after) expect(redeliveries).toBeLessThanOrEqual(1)
})

test('while it answers nothing, handlers are told that their leases are over; then work goes on', async () => {
  const { server, url } = own()
  const started = Promise.withResolvers<AbortSignal>()
  let runs = 0
  const hold = defineTask({
    name: 'hold',
    visibilityTimeout: '1s',
    run: async (_input: undefined, { signal }) => {
      started.resolve(signal)
      if (++runs === 1) await new Promise((_, reject) => signal.addEventListener('abort', reject))
    },
  })
  const driver = rabbitmq(alone(url, { heartbeat: '1s' }))
  await using tasq = createTasq({ driver, tasks: [hold], random: () => 0 })
  const done = new Promise((resolve) => tasq.events.on('task:completed', resolve))
  await tasq.worker({ pollInterval: '200ms', abortGrace: 0 }).start()
  await tasq.enqueue(hold, undefined)
  const signal = await started.promise
  server.pause()
  await expect.poll(() => signal.aborted).toBe(true)
  expect(signal.reason).toMatchObject({ code: 'TASQ_LEASE_LOST' })
  await expect.poll(() => driver.status.consume).toBe('connecting')
  server.resume()
  expect(await done).toMatchObject({ attempt: 1 })
})

test('an enqueue while it is away waits for it; a driver can not be opened, and says why without a password', async () => {
  const { server, url } = own()
  const options = alone(url)
  const patient = { ...options, connectTimeout: '1m' } as const // the server may take a while to start
  await using tasq = createTasq({ driver: rabbitmq(patient), tasks: [job] })
  await tasq.open()
  await server.stop()
  const stored = tasq.enqueue(job, 1)
  const other = rabbitmq({ ...options, username: 'guest', password: 'secret' })
  const refused = await other.open().catch((error: unknown) => error)
  expect(refused).toMatchObject({ code: 'TASQ_STORE_UNAVAILABLE', retryable: true, outcome: 'refused' })
  expect(String(refused)).toContain(String(server.port))
  expect(String(refused)).not.toContain('secret')
  await server.start()
  expect((await stored).status).toBe('created')
  expect(await tasq.queue('default').counts()).toMatchObject({ ready: 1 })
})

test('the driver tells what its connections are like', async () => {
  const { server, url } = own()
  const events: string[] = []
  const driver = await opened(
    alone(url, { onConnectionEvent: ({ kind, connection }) => void events.push(`${connection} ${kind}`) }),
  )
  expect(driver.status).toEqual({ publish: 'connected', consume: 'unused' })
  await driver.reserve(reserveCall())
  expect(driver.status).toEqual({ publish: 'connected', consume: 'connected' })
  await onDisk()
  await server.kill()
  await expect.poll(() => driver.status).toEqual({ publish: 'connecting', consume: 'connecting' })
  await server.start()
  await expect.poll(() => driver.status).toEqual({ publish: 'connected', consume: 'connected' })
  expect(events.sort()).toEqual(
    ['connected', 'connected', 'lost'].flatMap((kind) => [`consume ${kind}`, `publish ${kind}`]).sort(),
  )
})
