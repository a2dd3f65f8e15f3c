import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { temporaryFolder } from '@tasq/test-support'
import { expect, test } from 'vitest'
import { createTasq, defineTask, jsonCodec, PayloadTooLargeError, typed } from '../../src/index.ts'
import { MemoryStore, memory, VirtualClock } from '../../src/memory.ts'
import { eventually, settled, stage } from '../support/stage.ts'

const CASES: readonly (readonly [string, string, Uint8Array])[] = [
  ['lists nested 100,000 deep', 'msgpack', new Uint8Array(100_000).fill(0x91)],
  ['a list of 4 billion', 'msgpack', Uint8Array.of(0xdd, 0xff, 0xff, 0xff, 0xff)],
  ['the key __proto__', 'msgpack', Buffer.from('\x81\xa9__proto__\x81\xa7isAdmin\xc3', 'latin1')],
  ['an extension nobody knows', 'msgpack', Uint8Array.of(0xd4, 0x07, 0x00)],
  ['JSON nested 100,000 deep', 'json', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
]

test.each(CASES)(
  '%s: the task is dead at once, its bytes are kept, and the worker goes on',
  async (_, contentType, bytes) => {
    const runs: unknown[] = []
    const clock = new VirtualClock()
    const store = new MemoryStore(clock)
    const work = defineTask({ name: 'work', run: (input: unknown) => void runs.push(input) })
    const { tasq, log } = stage({ store, clock, tasks: [work] })
    const hostile = stage({
      store,
      clock,
      codec: { contentType, encode: () => bytes, decode: jsonCodec.decode },
    })
    await tasq.worker().start()
    await hostile.tasq.enqueue(work, 1)
    await tasq.enqueue(work, 2)
    await eventually(clock, () => log.count('task:completed') === 1 && log.count('task:dead') === 1)
    expect(runs).toEqual([2])
    expect(
      [...store.dead.values()].map(({ letter }) => [letter.reason, letter.payload.bytes.length]),
    ).toEqual([['undecodable', bytes.length]])
    const { items } = await settled(clock, tasq.queue('default').deadLetters.list())
    expect(items).toMatchObject([{ reason: 'undecodable', input: undefined }])
  },
)

test('no name and no input of a task makes a worker load a module [U21]', async () => {
  const folder = temporaryFolder()
  const file = join(folder, 'evil.mjs')
  writeFileSync(file, 'globalThis.tasqWasEvil = true; export default () => undefined')
  const run = typed<unknown>()
  const clock = new VirtualClock()
  const { tasq, log } = stage({
    clock,
    tasks: [defineTask({ name: 'work', input: run, run: () => undefined })],
  })
  await tasq.worker().start()
  for (const name of [file, pathToFileURL(file).href, '../evil.mjs#default', '__proto__', 'constructor']) {
    const sent = tasq.enqueue(defineTask({ name, input: run }), undefined).catch(() => undefined)
    await settled(clock, sent)
  }
  const said = { module: pathToFileURL(file).href, execution: 'thread', export: 'default', task: file }
  await tasq.enqueue('work', said, { headers: said })
  await eventually(clock, () => log.count('task:completed') === 1)
  expect(Reflect.get(globalThis, 'tasqWasEvil')).toBeUndefined()
})

test('an app may allow less than its backend carries, of inputs and of results', async () => {
  const echo = defineTask({
    name: 'echo',
    retry: { maxAttempts: 1 },
    run: (length: number) => 'x'.repeat(length),
  })
  const say = defineTask({ name: 'say', run: (_: string) => undefined })
  const { clock, tasq, log } = stage({ tasks: [echo, say], maxPayloadBytes: 100 })
  await tasq.enqueue(say, 'x'.repeat(90))
  const refused = await tasq.enqueue(say, 'x'.repeat(101)).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(PayloadTooLargeError)
  expect(refused).toMatchObject({
    limit: 100,
    message: expect.stringContaining('this app carries at most 100'),
  })
  await tasq.enqueue(echo, 200, { keepResult: '1m' })
  await tasq.worker().start()
  await eventually(clock, () => log.count('task:dead') === 1)
  expect(log.of('task:dead')).toMatchObject([{ failure: { code: 'TASQ_PAYLOAD_TOO_LARGE' } }])
})

test.each([0, -1, 1.5, Number.NaN])('maxPayloadBytes can not be %d', (maxPayloadBytes) => {
  expect(() => createTasq({ driver: memory(), maxPayloadBytes })).toThrow(/'maxPayloadBytes' can't be/)
})
