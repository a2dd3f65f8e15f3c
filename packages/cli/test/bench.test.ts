import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { Ran } from '../src/bench/ran.ts'
import { brokerApps, brokerFlags } from './support/broker-trials.ts'
import { serverApps, serverFlags } from './support/driver-trials.ts'
import { finish, start } from './support/processes.ts'
import { finishHere, tasq } from './support/run.ts'
import { Store } from './support/store.ts'
import { userFolder } from './support/user-folder.ts'

const SMALL = ['bench', '--count', '100', '--concurrency', '5']
const NOTHING = { ready: 0, scheduled: 0, active: 0, dead: 0, finished: 0 }

/** The queue that it says it writes to. */
function queueIn(text: string): string {
  return /queue of its own, (tasq-bench-[0-9a-f]{10}),/.exec(text)?.[1] ?? 'it names none'
}

const rate = { ms: expect.any(Number), perSecond: expect.any(Number) }
const figures = (driver: string) => ({
  driver,
  queue: expect.stringMatching(/^tasq-bench-/),
  payloadBytes: 100,
  enqueue: { tasks: 100, ...rate },
  drain: [{ concurrency: 5, tasks: 100, ...rate }],
  latency: { samples: 100, p50Ms: expect.any(Number), p95Ms: expect.any(Number) },
  ranOnce: 300,
})

describe('tasq bench', () => {
  test('says what it writes, prints figures for people, and leaves nothing behind', async () => {
    const folder = userFolder()
    const { code, out, err } = await finish(folder, 'bench', '--count', '100')
    expect(code, err).toBe(0)
    expect(err).toMatch(
      /^Writes 400 tasks of about 100 bytes to a queue of its own, .*, of sqlite\. They are taken away at the end\.\n$/,
    )
    expect(out).toMatch(/^enqueue +[\d,]+ tasks\/s$/m)
    expect(out).toMatch(/^drain, concurrency 10 +[\d,]+ tasks\/s$/m)
    expect(out).toMatch(/^drain, concurrency 100 +[\d,]+ tasks\/s$/m)
    expect(out).toMatch(/^wait of a single task, p50 +\d+\.\d ms$/m)
    expect(out).toMatch(/^Each of 400 tasks ran exactly once\.$/m)
    const store = new Store(folder)
    expect(await store.counts(queueIn(err))).toEqual(NOTHING)
  })

  test.each(['redis', 'postgres', 'mysql'] as const)('measures %s', async (driver) => {
    const folder = userFolder(driver)
    const { code, out, err } = await finishHere(folder, ...SMALL, '--json', ...serverFlags(driver))
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toEqual(figures(driver))
    const app = serverApps[driver]()
    expect(await app.queue(queueIn(err)).counts()).toEqual(NOTHING)
    expect(await app.queues()).not.toContain(queueIn(err))
  })

  test.each(['rabbitmq', 'sqs'] as const)(
    'measures %s, and says that the queue itself stays',
    async (driver) => {
      const folder = userFolder(driver)
      const { code, out, err } = await finishHere(folder, ...SMALL, '--json', ...brokerFlags(driver))
      expect(code, err).toBe(0)
      expect(JSON.parse(out)).toEqual(figures(driver))
      expect(err).toContain('the queue itself, which is empty then, stays there')
      expect(await brokerApps[driver]().queue(queueIn(err)).counts()).toMatchObject({ ready: 0, dead: 0 })
    },
  )

  test('measures a broker with a store beside it', async () => {
    const store = ['--store', 'redis', '--store-url', inject('servers').redis.url]
    const password = ['--redis-password', inject('servers').redis.password]
    const flags = [...brokerFlags('rabbitmq'), ...store, ...password]
    const { code, out, err } = await finishHere(userFolder('rabbitmq', 'redis'), ...SMALL, '--json', ...flags)
    expect(code, err).toBe(0)
    expect(JSON.parse(out)).toMatchObject({ ranOnce: 300 })
  })
})

describe('its flags', () => {
  interface Told {
    readonly enqueued?: readonly number[]
    readonly most?: number
  }

  /** What the driver was asked for. */
  async function told(...flags: readonly string[]): Promise<readonly Told[]> {
    const folder = userFolder()
    const { code, err } = await finish(folder, 'bench', '--app', 'bench-app.mjs#telling', ...flags)
    expect(code, err).toBe(0)
    const lines = readFileSync(join(folder, 'told.jsonl'), 'utf8').trimEnd().split('\n')
    return lines.map((line): Told => JSON.parse(line))
  }

  test('--count and --payload-bytes say how many tasks it stores, and of which size', async () => {
    const sizes = (await told('--count', '70', '--payload-bytes', '3000', '--concurrency', '3')).flatMap(
      ({ enqueued = [] }) => enqueued,
    )
    expect(sizes).toHaveLength(70 + 70 + 100)
    for (const size of sizes) expect(Math.abs(size - 3000)).toBeLessThan(16)
  })

  test('--concurrency says with which it works the tasks off, one after another', async () => {
    const facts = await told('--count', '50', '--concurrency', '3,40')
    expect(facts.flatMap(({ enqueued = [] }) => enqueued)).toHaveLength(50 + 50 + 50 + 100)
    const filled = (index: number) => facts.findIndex((_, at) => stored(facts.slice(0, at + 1)) >= index)
    const firstLook = (from: number) => facts.slice(from).find(({ most }) => most !== undefined)?.most
    expect(firstLook(filled(100))).toBe(3)
    expect(firstLook(filled(150))).toBe(40)
  })

  function stored(facts: readonly Told[]): number {
    return facts.reduce((sum, { enqueued = [] }) => sum + enqueued.length, 0)
  }

  test.each([
    [['--count', '0'], /Use an integer from 1 to 100000/],
    [['--count', '100001'], /Use an integer from 1 to 100000/],
    [['--payload-bytes', '2000000'], /Use an integer from 1 to 1048576/],
    [['--count', '100000', '--payload-bytes', '100000'], /together are more than 512 MiB/],
    [['--concurrency', '1,2,3,4,5,6'], /Use at most 5 of them/],
    [['--concurrency', '10,5000'], /Use an integer from 1 to 1000/],
  ])('%j is refused before anything is written', async (flags, message) => {
    expect(await tasq(userFolder(), 'bench', ...flags)).toEqual({
      code: 2,
      out: [],
      err: expect.stringMatching(message),
    })
  })
})

describe('there are no figures, and nothing stays behind,', () => {
  async function endsEmpty(app: string, message: RegExp): Promise<void> {
    const folder = userFolder()
    const { code, out, err } = await finish(folder, ...SMALL, '--app', `bench-app.mjs#${app}`)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(message)
    expect(await new Store(folder, 'bench.db').counts(queueIn(err))).toEqual(NOTHING)
  }

  test('where a task ran twice', async () => {
    await endsEmpty(
      'twice',
      /Of 300 tasks, \d+ never ran and \d+ ran more than once; so there are no figures\./,
    )
  })

  test('where a task can not be run', async () => {
    await endsEmpty('garbled', /A task failed: .*\[TASQ_BENCH\]/)
  })

  test('where the backend is away', async () => {
    const nowhere = ['--driver', 'redis', '--redis-url', 'redis://127.0.0.1:1']
    const { code, out, err } = await finishHere(userFolder('redis'), ...SMALL, ...nowhere)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toContain('127.0.0.1:1')
  })

  test.each(['SIGINT', 'SIGTERM'] as const)('where it is ended by %s', async (signal) => {
    const folder = userFolder()
    const program = start(folder, 'bench', '--count', '100000')
    const queue = queueIn(await program.err.line('Writes'))
    const store = new Store(folder)
    await expect.poll(async () => (await store.counts(queue)).ready).toBeGreaterThan(0)
    program.process.kill(signal)
    expect(await program.ended).toBe(1)
    expect(program.err.text()).toMatch(/It was interrupted\. Nothing is left of it.*\[TASQ_BENCH\]\n$/)
    expect(program.out.text()).toBe('')
    expect(await store.counts(queue)).toEqual(NOTHING)
  })
})

describe('the count of what ran', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('is given up where nothing happens for 30 s, with the last that went wrong', async () => {
    const ran = new Ran(3, new AbortController().signal)
    const waiting = expect(ran.until(3)).rejects.toThrow(
      /1 of 3 tasks ran, then nothing for 30 s\. Last: no route/,
    )
    await vi.advanceTimersByTimeAsync(20_000)
    ran.settle()
    ran.problem = 'no route'
    await vi.advanceTimersByTimeAsync(31_000)
    await waiting
  })

  test('tells what never ran from what ran twice', () => {
    const ran = new Ran(4, new AbortController().signal)
    for (const index of [0, 1, 1]) ran.start(index)
    expect(() => ran.check(4)).toThrow('Of 4 tasks, 2 never ran and 1 ran more than once')
    expect(() => ran.check(1)).not.toThrow()
  })
})
