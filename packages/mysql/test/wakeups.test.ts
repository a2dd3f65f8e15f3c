import { createTasq, defineTask } from '@tasq/core'
import { VirtualClock } from '@tasq/core/memory'
import { expect, test } from 'vitest'
import { mysql } from '../src/index.ts'
import { Looking, PolledWakeups } from '../src/wakeups.ts'
import { temporaryDatabase } from './support/database.ts'

function looking(look: () => Promise<boolean>) {
  const clock = new VirtualClock()
  const times: number[] = []
  const start = clock.monotonic()
  const parts = {
    clock,
    lookIntervalMs: 250,
    look: async () => {
      times.push(clock.monotonic() - start)
      return await look()
    },
  }
  return { clock, times, looking: new Looking(parts) }
}

test('it looks often right after something has happened, and then less and less', async () => {
  const { clock, times, looking: looks } = looking(async () => false)
  looks.note()
  looks.want()
  await clock.advance(1_000)
  expect(times.length).toBeGreaterThan(20)
  await clock.advance(10_000)
  const before = times.length
  await clock.advance(10_000)
  expect(times.length - before).toBe(40)
})

test('what a look finds makes it look often again', async () => {
  let isFound = false
  const { clock, times, looking: looks } = looking(async () => isFound)
  looks.want()
  await clock.advance(10_000)
  isFound = true
  await clock.advance(300)
  isFound = false
  const before = times.length
  await clock.advance(300)
  expect(times.length - before).toBeGreaterThan(10)
})

test('it looks only while somebody wants it, and once for all of them', async () => {
  const { clock, times, looking: looks } = looking(async () => false)
  const stops = [looks.want(), looks.want()]
  await clock.advance(1_000)
  const alone = times.length
  stops[0]?.()
  await clock.advance(1_000)
  expect(times.length).toBeGreaterThan(alone)
  stops[1]?.()
  const before = times.length
  await clock.advance(10_000)
  expect(times.length).toBe(before)
})

test('a look that fails is made up for later', async () => {
  let isBroken = true
  const {
    clock,
    times,
    looking: looks,
  } = looking(async () => {
    if (isBroken) throw new Error('the server is away')
    return false
  })
  looks.note()
  looks.want()
  await clock.advance(1_000)
  expect(times.length).toBeLessThan(6)
  isBroken = false
  looks.note()
  await clock.advance(1_000)
  expect(times.length).toBeGreaterThan(10)
})

test('one look serves the queues of all who wait, and wakes those whose queue has tasks', async () => {
  const clock = new VirtualClock()
  const asked: (readonly string[])[] = []
  let ready: readonly string[] = []
  const wakeups = new PolledWakeups({ clock, lookIntervalMs: 250 }, async (queues) => {
    asked.push([...queues].sort())
    return ready
  })
  const [one, other] = [wakeups.subscribe(['a', 'b']), wakeups.subscribe(['b', 'c'])]
  const woken: string[] = []
  void one.wait(60_000).then(() => woken.push('one'))
  void other.wait(60_000).then(() => woken.push('other'))
  await clock.advance(300)
  expect(asked.at(-1)).toEqual(['a', 'b', 'c'])
  ready = ['c']
  await clock.advance(300)
  expect(woken).toEqual(['other'])
  other.close()
  ready = []
  await clock.advance(300)
  expect(asked.at(-1)).toEqual(['a', 'b'])
  one.close()
})

test('a result of another process is there long before the slow poll', async () => {
  const url = await temporaryDatabase()
  const double = defineTask({ name: 'double', run: (number: number) => number * 2, keepResult: true })
  await using client = createTasq({ driver: mysql(url), tasks: [double] })
  await using elsewhere = createTasq({ driver: mysql(url), tasks: [double] })
  await elsewhere.worker().start()
  const times: number[] = []
  for (let number = 0; number < 5; number++) {
    const handle = await client.enqueue(double, number)
    const before = performance.now()
    expect(await handle.result({ timeout: '10s' })).toBe(number * 2)
    times.push(performance.now() - before)
  }
  expect(Math.min(...times)).toBeLessThan(700) // the machine may have had more to do than this
})
