import type { NewTask } from '@tasq/core/driver'
import { callId, complete, newTask, newTasks, reserveCall } from '@tasq/testkit/conformance'
import type { Redis } from 'ioredis'
import { expect, inject, test } from 'vitest'
import { Keys, QUEUE_KEY_TYPES } from '../src/keys.ts'
import { type Script, scripts } from '../src/scripts.ts'
import { DURABLE, opened, operator, ownServer } from './support/own-server.ts'

const all: readonly Script[] = Object.values(scripts)

test.each(all)('$name loads, and says which keys it uses', async (script) => {
  const client = operator(inject('redisUrl'))
  expect(await client.script('LOAD', script.lua)).toBe(script.sha)
  const names = new Set<string>([...script.queueKeys, ...script.callerKeys])
  const keys = new Keys('tasq').queue('any')
  const known = [...keys.all, keys.of('claim'), keys.of('sharedRecords')]
  for (const name of script.queueKeys) expect(known).toContain(keys.of(name))
  for (const name of namesIn(script.lua)) expect(names, `${script.name} uses ${name}`).toContain(name)
})

/** The names of keys that stand in the code of a script. */
function namesIn(lua: string): readonly string[] {
  const code = lua
    .replace(/^local .* = unpack\(KEYS\)$/m, '')
    .replace(/--.*$/gm, '')
    .replace(/'[^']*'/g, "''")
  const known = new Set(all.flatMap(({ queueKeys, callerKeys }) => [...queueKeys, ...callerKeys]))
  // `answers` is also what some scripts call their answers.
  known.delete('answers')
  return [...known].filter((name) => new RegExp(`(?<![.\\w])${name}(?!\\w)`).test(code))
}

test('the probe tries every command that the scripts use', () => {
  const used = new Set(
    all.flatMap(({ lua }) => [...lua.matchAll(/call\('([A-Z]+)'/g)].map(([, name]) => name)),
  )
  const tried = [...scripts.probe.lua.matchAll(/'([A-Z]+)[ ',]/g)].map(([, name]) => name)
  expect([...used].filter((name) => !tried.includes(name))).toEqual([])
})

test('every key of a queue has a type', () => {
  expect(QUEUE_KEY_TYPES).toHaveLength(new Keys('tasq').queue('any').all.length)
})

/** Commands that take longer the more there is; HGETALL is on the cancel marks, which are few. */
const GROWING = /^(hkeys|hvals|keys|lrem|linsert|scan|smembers|sort|sunion|zrangebylex)$/

test('what workers and producers do takes as many commands with 100,000 tasks waiting as with few, and none that grows', async () => {
  const { url } = await ownServer()
  const client = operator(url)
  const driver = await opened({ url })
  for (let kind = 0; kind < 4; kind++) {
    await driver.enqueue({ callId: callId(), tasks: waiting(1, kind) })
  }
  await cycle(driver) // the first one also looks at the queue and notes it
  const small = await commandsOf(client, () => cycle(driver))
  for (let batch = 0; batch < 100; batch++) {
    await driver.enqueue({ callId: callId(), tasks: waiting(1_000, batch) })
  }
  await cycle(driver) // a minute may have passed, after which a queue is noted again
  const large = await commandsOf(client, () => cycle(driver))
  expect(large).toEqual(small)
  expect(Object.keys(large).filter((command) => GROWING.test(command))).toEqual([])
})

/** Tasks of every kind that waits. */
function waiting(count: number, batch: number): readonly NewTask[] {
  const kinds = [{}, { priority: 5 }, { priority: -5 }, { delayMs: 3_600_000 }]
  return newTasks(count, { queue: 'work', ...kinds[batch % kinds.length] })
}

/** Enqueue, reserve, admit, renew, settle, change: one round of each, with the same numbers of tasks. */
async function cycle(driver: Awaited<ReturnType<typeof opened>>): Promise<void> {
  const urgent = { priority: 100 } // so that the same tasks come back
  await driver.enqueue({ callId: callId(), tasks: newTasks(20, urgent) })
  const held = await driver.reserve(reserveCall({ max: 20 }))
  await driver.extend(held.map(({ lease }) => ({ lease, leaseMs: 30_000 })))
  const normal = { name: 'work', max: 1, priorities: { lowest: -25, highest: 24 } }
  const lazy = { name: 'work', max: 1, priorities: { lowest: -128, highest: -26 } }
  const wanted = [newTask({ priority: -100 }), newTask({ priority: 24 })]
  await driver.enqueue({ callId: callId(), tasks: wanted })
  const choosy = await driver.reserve(reserveCall({ queues: [lazy, normal], max: 2 }))
  expect(choosy.map(({ lease }) => lease.id)).toEqual(wanted.map(({ envelope }) => envelope.id))
  const parked = newTasks(20, { delayMs: 7_200_000 })
  await driver.enqueue({ callId: callId(), tasks: parked.slice(10) })
  const token = callId()
  await driver.ledger.admit({ token, tasks: parked.map(({ envelope }) => envelope) })
  const admitted = parked.map(({ envelope: { queue, id } }) => ({ lease: { queue, id, token }, attempt: 1 }))
  await driver.settle([...held, ...admitted].map((each) => complete(each)))
  const followUps = newTasks(5, { ...urgent, queue: 'work' })
  await driver.settle(choosy.map((each, index) => complete(each, index === 0 ? { followUps } : {})))
  const next = newTasks(1, urgent)
  const write = { kind: 'kind', key: 'key', value: '', version: callId(), ttlMs: 60_000 }
  await driver.coordination.write({ scope: 'work', writes: [write], tasks: next })
  for (const { envelope } of [...followUps, ...next])
    await driver.inspection.replace(envelope, newTask(urgent))
  const last = await driver.reserve(reserveCall({ max: 6 }))
  await driver.settle(last.map((each) => complete(each)))
  await driver.retention.keepNewest('work', 'finished', 3, 10)
  await driver.inspection.cancelRequests(['work'])
  await driver.recovery.recover({ callId: callId(), max: 100, leaseMs: 1_000 })
}

/** How often each command was carried out meanwhile, those of scripts included. */
async function commandsOf(
  client: Redis,
  work: () => Promise<void>,
): Promise<Readonly<Record<string, number>>> {
  await client.config('RESETSTAT')
  await work()
  const lines = (await client.info('commandstats')).matchAll(/^cmdstat_([^:|]+)\S*:calls=(\d+)/gm)
  const counts: Record<string, number> = {}
  for (const [, command = '', calls] of lines) counts[command] = Number(calls)
  const { info: _, config: __, eval: ___, evalsha: ____, ...rest } = counts
  return rest
}

test('a server that has forgotten the scripts is sent them again', async () => {
  const { url, server } = await ownServer(DURABLE)
  const client = operator(url)
  const driver = await opened({ url })
  await driver.enqueue({ callId: callId(), tasks: newTasks(2) })
  await client.script('FLUSH')
  expect(await driver.reserve(reserveCall())).toHaveLength(1)
  await server.kill()
  await server.start()
  await expect.poll(() => driver.reserve(reserveCall()).catch(() => [])).toHaveLength(1)
})
