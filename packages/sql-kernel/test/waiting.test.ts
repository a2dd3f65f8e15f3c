import { describe, expect, test } from 'vitest'
import type { Claim } from '../src/dialect.ts'
import { driverOn, openDriverOn } from './support/driver.ts'
import { claimedRow, NOW, newTask } from './support/rows.ts'

const nothing: Claim = { rows: [], now: NOW, nextDueAt: null }
const something: Claim = { rows: [claimedRow()], now: NOW, nextDueAt: null }
const call = { callId: 'call-1', repeat: false, queues: [{ name: 'a', max: 3 }], max: 2, waitMs: 10_000 }

/** A driver whose looks at the queues give these, one after the other, and nothing from then on. */
async function driverThatClaims(...claims: readonly Claim[]) {
  const left = [...claims]
  return await openDriverOn({ claim: async () => left.shift() ?? nothing })
}

/** When a reserve ended, in ms from its start, and how many tasks it gave. */
async function outcomeOf(
  { driver, clock }: Awaited<ReturnType<typeof driverThatClaims>>,
  over: Partial<Parameters<typeof driver.reserve>[0]> = {},
) {
  const start = clock.now()
  let afterMs: number | undefined
  const deliveries = driver.reserve({ ...call, ...over }).finally(() => {
    afterMs = clock.now() - start
  })
  await clock.advance(60_000)
  return { count: (await deliveries).length, afterMs }
}

describe('a reserve', () => {
  test('asks for what it was told to, under its id as the token, and says when nobody wants it any more', async () => {
    const { driver, calls } = await driverThatClaims(something)
    const { signal } = new AbortController()
    const [delivery] = await driver.reserve({ ...call, signal })
    expect(delivery).toMatchObject({ kind: 'task', lease: { token: 'call-1' }, now: NOW })
    expect(calls).toEqual([['claim', [{ name: 'a', max: 3 }], 2, 'call-1', signal]])
  })

  test.each([
    { what: 'does not wait for what is there', claims: [something], waitMs: 10_000, count: 1, afterMs: 0 },
    {
      what: 'does not wait where it must not',
      claims: [nothing, something],
      waitMs: 0,
      count: 0,
      afterMs: 0,
    },
    { what: 'waits to the end for nothing', claims: [nothing], waitMs: 10_000, count: 0, afterMs: 10_000 },
    {
      what: 'looks again when the next task is due, by the clock of the database',
      claims: [{ ...nothing, now: NOW + 86_400_000, nextDueAt: NOW + 86_400_000 + 700 }, something],
      waitMs: 10_000,
      count: 1,
      afterMs: 700,
    },
    {
      what: 'does not wait for a task that is due after its end',
      claims: [{ ...nothing, nextDueAt: NOW + 30_000 }],
      waitMs: 10_000,
      count: 0,
      afterMs: 10_000,
    },
    {
      what: 'looks again at once where a task fell due in between',
      claims: [{ ...nothing, nextDueAt: NOW - 5 }, something],
      waitMs: 10_000,
      count: 1,
      afterMs: 0,
    },
  ])('$what', async ({ claims, waitMs, count, afterMs }) => {
    expect(await outcomeOf(await driverThatClaims(...claims), { waitMs })).toEqual({ count, afterMs })
  })

  test('that is repeated gives what it still holds, claims nothing and does not wait', async () => {
    const { driver, calls } = await openDriverOn({ claimedUnder: async () => something })
    expect(await driver.reserve({ ...call, repeat: true })).toMatchObject([{ lease: { token: 'call-1' } }])
    expect(calls).toEqual([['claimedUnder', 'call-1']])
  })

  test('that is repeated and holds nothing gives nothing at once', async () => {
    const { driver } = await openDriverOn({ claimedUnder: async () => nothing })
    expect(await driver.reserve({ ...call, repeat: true })).toEqual([])
  })

  test('that waits ends with an error when the driver is closed', async () => {
    const { driver, clock } = await driverThatClaims(nothing)
    const waiting = driver.reserve(call)
    const refused = expect(waiting).rejects.toMatchObject({ code: 'TASQ_CLOSED' })
    await clock.advance(10)
    await driver.close()
    await refused
  })
})

const ref = { queue: 'a', id: '1' }
const lease = { ...ref, token: 't' }
const back = { lease, delayMs: 0, attempts: 1, history: undefined }
const done = { lease, attempt: 1, keepMs: undefined, result: undefined }

describe('who waits in this process is woken by', () => {
  const procedures = {
    insert: async () => [{ status: 'created' }] as const,
    settle: async () => ['applied'] as const,
    reschedule: async () => 'changed' as const,
    retryDead: async () => 1,
  }
  const open = async () => {
    const left = [nothing]
    return await openDriverOn({ ...procedures, claim: async () => left.shift() ?? something })
  }
  type Causes = Readonly<
    Record<string, (driver: Awaited<ReturnType<typeof open>>['driver']) => Promise<unknown>>
  >

  const wakes: Causes = {
    'an enqueue': (driver) => driver.enqueue({ callId: 'c', tasks: [newTask({ queue: 'a' })] }),
    'a retry': (driver) => driver.settle([{ kind: 'retry', ...back }]),
    'a release': (driver) => driver.settle([{ kind: 'release', ...back }]),
    'a new time': (driver) => driver.inspection.reschedule(ref, { delayMs: 0 }),
    'a dead letter that is sent back': (driver) => driver.deadLetters.retry({ queue: 'a' }, 1),
  }
  test.each(Object.entries(wakes))('%s', async (_, cause) => {
    const { driver, clock } = await open()
    const waiting = driver.reserve(call)
    await clock.advance(100)
    await cause(driver)
    expect(await waiting).toHaveLength(1)
    expect(clock.monotonic()).toBe(100)
  })

  const wakesNot: Causes = {
    'an enqueue to another queue': (driver) =>
      driver.enqueue({ callId: 'c', tasks: [newTask({ queue: 'b' })] }),
    'a task that is done': (driver) => driver.settle([{ kind: 'complete', ...done }]),
    'an enqueue of nothing': (driver) => driver.enqueue({ callId: 'c', tasks: [] }),
  }
  test.each(Object.entries(wakesNot))('nothing else, such as %s', async (_, cause) => {
    const { driver, calls, clock } = await open()
    const waiting = driver.reserve(call)
    await clock.advance(100)
    await cause(driver)
    await clock.advance(100)
    expect(calls.filter(([procedure]) => procedure === 'claim')).toHaveLength(1)
    await clock.advance(60_000)
    expect(await waiting).toEqual([])
  })
})

test('nobody is woken by what could not be stored', async () => {
  const { driver, calls, clock } = driverOn({
    claim: async () => nothing,
    insert: async () => {
      throw new Error('the disk is full')
    },
  })
  await driver.open()
  const waiting = driver.reserve(call)
  await clock.advance(100)
  await expect(driver.enqueue({ callId: 'c', tasks: [newTask({ queue: 'a' })] })).rejects.toThrow('full')
  await clock.advance(100)
  expect(calls.map(([procedure]) => procedure)).toEqual(['open', 'claim', 'insert'])
  await clock.advance(60_000)
  expect(await waiting).toEqual([])
})

describe('the repeat of a reserve', () => {
  test('asks what is held once its first call is over', async () => {
    const { promise: claimed, resolve } = Promise.withResolvers<Claim>()
    const steps: string[] = []
    const { driver, clock } = await openDriverOn({
      claim: () => claimed.finally(() => steps.push('claimed')),
      claimedUnder: async () => {
        steps.push('asked')
        return something
      },
    })
    const first = driver.reserve(call)
    const again = driver.reserve({ ...call, repeat: true })
    await clock.advance(10)
    resolve(something)
    expect((await Promise.all([first, again])).map(({ length }) => length)).toEqual([1, 1])
    expect(steps).toEqual(['claimed', 'asked'])
  })

  test('does not wait for ever where that never ends, as on a connection that has died in silence', async () => {
    const { driver, clock } = await openDriverOn({
      claim: () => new Promise(() => {}),
      claimedUnder: async () => something,
    })
    void driver.reserve(call)
    const again = driver.reserve({ ...call, repeat: true })
    await clock.advance(1_000)
    expect(await again).toHaveLength(1)
  })
})
